/**
 * Every shape that the REST API answers with, written once: the gateway's description is made from these (`/openapi.json`), and the types of the SDK
 * are inferred from them.
 *
 * Schemas of zod, like the messages, because most answers are messages: the bytes of a view in its bucket are the answer of `GET /v1/jobs/:id`. What
 * comes in from outside is read by other means (the reason is in `services/gateway/src/contract/field.ts`).
 */
import { z } from 'zod';
import { JobId, ScheduleId } from '../ids.ts';
import { InputRecord } from '../messages/artifact.ts';
import { DeadChunk } from '../messages/dead-chunk.ts';
import { HistoryPage } from '../messages/job-finished.ts';
import { JobStatus, JobView } from '../messages/job-view.ts';
import { WireError } from '../messages/leases.ts';
import { LogLine } from '../messages/log-line.ts';
import { CoordinatorHeartbeat, KindRegistration, QueueStats, WorkerHeartbeat } from '../messages/presence.ts';
import { ScheduleStatus, ScheduleView } from '../messages/schedule-view.ts';

/** What a field can be that it must not be; `more` counts the problems that are not listed. */
export const FIELD_PROBLEM_TYPES = [
  'missing',
  'extra_forbidden',
  'enum',
  'string_type',
  'int_type',
  'float_type',
  'bool_type',
  'list_type',
  'object_type',
  'null_type',
  'datetime_type',
  'string_too_long',
  'string_pattern',
  'too_deep',
  'repeated_key',
  'confusing_key',
  'int_too_large',
  'inexact_number',
  'value_error',
  'more',
] as const;

/** One field that is not as it must be. */
const FieldProblem = z.object({
  loc: z
    .array(z.union([z.string(), z.number()]))
    .describe('Where: `body`, `query` or `header`, then the names down to the field.'),
  msg: z.string().describe('What it must be.'),
  type: z.enum(FIELD_PROBLEM_TYPES),
});
export type FieldProblem = z.infer<typeof FieldProblem>;

const ListedLine = LogLine.omit({ v: true, type: true, job_id: true }).extend({
  id: z.string().describe('Rises with each line; `after` and `before` take it.'),
});

/** By name; the names stand in the API's description too. */
export const ANSWERS = {
  InputView: InputRecord.pick({ input_id: true, form: true, records: true, bytes: true, created_at: true }),
  JobAccepted: z.object({ job_id: JobId, status: JobStatus, cached: z.boolean() }),
  ScheduleAccepted: z.object({
    schedule_id: ScheduleId,
    status: ScheduleStatus,
    next_run_at: z.iso.datetime().nullable(),
    cached: z.boolean(),
    note: z.string().optional(),
  }),
  ScheduleView,
  SchedulePage: z.object({ schedules: z.array(ScheduleView), next_cursor: ScheduleId.nullable() }),
  JobView,
  JobPage: z.object({ jobs: z.array(JobView), next_cursor: JobId.nullable() }),
  HistoryPage: HistoryPage.omit({ v: true, type: true }),
  JobRequeued: z.object({ job_id: JobId, status: JobStatus, round: z.int().min(1) }),
  DeadLetterPage: z.object({
    dead_letters: z.array(DeadChunk.omit({ v: true, type: true, tenant: true }).extend({ id: z.string() })),
    next_cursor: z.string().nullable(),
  }),
  ResultLine: z.object({
    index: z.int().min(0).describe('Of the item.'),
    output: z.unknown().describe('What the task code returned.'),
  }),
  FailureLine: z.object({
    index: z.int().min(0).describe('Of the item.'),
    item: z
      .unknown()
      .optional()
      .describe('As it was sent. Absent where a chunk is no item, and where the input is kept no longer.'),
    error: WireError.pick({ code: true, message: true }).describe('Of the last attempt.'),
    attempts: z.int().min(1),
  }),
  KindList: z.object({ kinds: z.array(KindRegistration.omit({ v: true, type: true }).extend({ live_workers: z.int().min(0) })) }),
  WorkerList: z.object({ workers: z.array(WorkerHeartbeat.omit({ v: true, type: true })) }),
  QueueStats,
  Throughput: z.object({ samples: z.array(QueueStats.pick({ at: true, chunks_per_sec: true })) }),
  JobEvents: z
    .array(
      z.union([
        z
          .object({ event: z.literal('status'), id: z.string().describe('The revision of the view.'), data: JobView })
          .describe('The job as it is now.'),
        z
          .object({
            event: z.literal('done'),
            id: z.string().describe('The revision, and `-done`.'),
            data: z.object({ status: z.union([JobStatus, z.literal('gone')]) }),
          })
          .describe('The end: no event follows.'),
      ]),
    )
    .describe('Server-sent events, one after the other; `data` is JSON.'),
  LogPage: z.object({
    lines: z.array(ListedLine).describe('In the order in which they were stored.'),
    prev_cursor: z.string().nullable().describe('For `before`: the lines before these. Null: there are none.'),
    next_cursor: z.string().nullable().describe('For `after`: the lines after these. Null: there are none yet.'),
  }),
  LogEvents: z
    .array(
      z.union([
        z.object({ event: z.literal('line'), id: z.string().describe('The id of the line.'), data: ListedLine }),
        z
          .object({
            event: z.literal('done'),
            id: z.string().describe('The id of the last line, and `-done`.'),
            data: z.object({ status: z.union([JobStatus, z.literal('gone')]) }),
          })
          .describe('The job is over and everything it logged was sent: no event follows.'),
      ]),
    )
    .describe('Server-sent events, one after the other; `data` is JSON.'),
  Health: z.object({ status: z.literal('ok') }),
  Readiness: z.object({
    ready: z.boolean(),
    detail: z.string().optional().describe('What is missing, as a sentence. Absent when it is ready.'),
    checks: z
      .object({
        nats: z.boolean(),
        storage: z
          .boolean()
          .describe('Whether NATS stores what it is sent; false when its disk or a stream is full, or a stream has no leader.'),
        coordinators: z.int().min(0),
        workers: z.int().min(0),
        stuck_partitions: CoordinatorHeartbeat.shape.stuck.describe(
          'Partitions of the mailbox that are stuck, and why; the jobs in them wait. Absent: none.',
        ),
        troubles: CoordinatorHeartbeat.shape.troubles.describe(
          'Streams, buckets and consumers on NATS that were removed, changed or paused by hand. They are put right within seconds, and listed for some seconds more (`mended`). Absent: none.',
        ),
      })
      .optional()
      .describe('Absent while the gateway ends.'),
    kept_hours: z
      .int()
      .min(1)
      .optional()
      .describe('Hours that a job is kept after it last changed. Absent while the gateway ends.'),
  }),
  Problem: z.object({ detail: z.string().describe('What is wrong, and what to do.') }),
  FieldProblems: z.object({ detail: z.array(FieldProblem) }),
} as const;

export type AnswerName = keyof typeof ANSWERS;

/** The type of an answer, by its name. */
export type Answer<Name extends AnswerName> = z.infer<(typeof ANSWERS)[Name]>;
