/** What the compatible routes answer: the shapes that scripts written for other task queues read. */
import { z } from 'zod';
import { JobId, KindName } from '../ids.ts';
import { JsonObject } from '../messages/job-commands.ts';
import { PartialJson } from '../messages/leases.ts';
import { asText } from './as-text.ts';

const TaskState = z.enum(['PENDING', 'STARTED', 'PROGRESS', 'SUCCESS', 'FAILURE']);
const Error = z.string().nullable().describe('Why it has no result; null where it has one, or may get one.');
const Result = PartialJson.nullable();
const Time = z.iso.datetime();
const Task = z.object({
  task_id: JobId,
  status: TaskState,
  result: Result,
  result_payload: Result.describe('The same.'),
  created_at: Time,
  started_at: Time.nullable(),
  completed_at: Time.nullable(),
  retry_count: z.int().min(0),
});
const Job = z.object({
  _id: JobId,
  type: KindName,
  payload: JsonObject,
  priority: z.enum(['high', 'medium', 'low']),
  status: z.enum(['pending', 'processing', 'completed', 'failed']),
  attempts: z.int().min(0).describe('Chunk runs beyond the first.'),
  maxAttempts: z.int().min(1),
  result: Result,
  error: Error,
  createdAt: Time,
  startedAt: Time.nullable(),
  completedAt: Time.nullable(),
});

export const COMPAT_ANSWERS = {
  CompatPrimesAccepted: z.object({ job_id: JobId, status: z.literal('PENDING') }),
  CompatPrimes: z.object({
    job_id: JobId,
    state: TaskState,
    progress: z.object({ completed: z.int().min(0), total: z.int().min(0) }),
    result: z
      .object({ prime_count: PartialJson, n: PartialJson, duration_sec: z.number().nullable() })
      .nullable()
      .describe('`prime_count` is the answer of the job, `n` what it was counted to.'),
    error: Error,
  }),
  CompatTaskAccepted: z.object({ task_id: JobId, status: z.literal('Processing') }),
  CompatTask: Task,
  CompatTaskEvent: z
    .object({ data: asText(Task.pick({ task_id: true, status: true, result: true })) })
    .describe('One of the server-sent events; its `data` is JSON.'),
  CompatQueueStats: z.object({
    waiting: z.int().min(0),
    active: z.int().min(0),
    completed: z.int().min(0),
    failed: z.int().min(0),
    delayed: z.int().min(0),
  }),
  CompatSubmissionAccepted: z.object({ submission_id: JobId, job_id: JobId, status: z.literal('pending') }),
  CompatSubmission: z.object({
    submission_id: JobId,
    status: z.enum(['pending', 'processing', 'graded', 'error']),
    progress: z.number().min(0).max(1),
    result: Result,
    error: Error,
  }),
  CompatJob: Job,
  CompatJobs: z.array(Job),
  CompatQueueDepths: z.object({
    high: z.int().min(0),
    medium: z.int().min(0),
    low: z.int().min(0),
    total: z.int().min(0),
  }),
  CompatDeadLetters: z.array(
    z.object({
      _id: z.string(),
      jobId: JobId,
      type: KindName,
      error: z.string(),
      attempts: z.int().min(0),
      failedAt: Time,
    }),
  ),
  CompatRequeued: z.object({ message: z.string(), job: Job }),
} as const;
