/**
 * Every shape that the REST API answers with, written once: the gateway's description is made from these (`/openapi.json`), and the types of the SDK
 * are inferred from them.
 *
 * Schemas of zod, like the messages, because most answers are messages: the bytes of a view in its bucket are the answer of `GET /v1/jobs/:id`. What
 * comes in from outside is read by other means (the reason is in `services/gateway/src/contract/field.ts`).
 */
import { z } from 'zod';
import { ACCOUNT_ANSWERS } from './account-answers.ts';
import { JobId, KindName, ScheduleId, Tenant } from '../ids.ts';
import { FileName, InputRecord } from '../messages/artifact.ts';
import { DeadChunk, FailedRun } from '../messages/dead-chunk.ts';
import { FinishedStatistics, HistoryPage, JobFinished, Outcomes } from '../messages/job-finished.ts';
import { JobStatus, JobView } from '../messages/job-view.ts';
import { KeptJob } from '../messages/kept-job.ts';
import { WireError } from '../messages/leases.ts';
import { LogLine } from '../messages/log-line.ts';
import { CoordinatorHeartbeat, KindRegistration } from '../messages/presence.ts';
import { QueueStats } from '../messages/queue-stats.ts';
import { asText } from './as-text.ts';
import { BATCH_ANSWERS } from './batch-answers.ts';
import { CLUSTER_ANSWERS } from './cluster-answers.ts';
import { COMPAT_ANSWERS } from './compat-answers.ts';
import { FAILURE_ANSWERS } from './failure-answers.ts';
import { AnsweredLease } from '../messages/answered-leases.ts';
import { KindEstimate } from './estimate-answer.ts';
import { HistoryTrends } from './trends-answer.ts';
import { JobProfile } from './profile-answer.ts';
import { SHARE_ANSWERS } from './share-answers.ts';
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
  'string_too_short',
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

const PartStatus = z.enum(['ok', 'down']);

const ofAll = Tenant.optional().describe('Only in a list of all tenants.');

/** The last event of a stream. */
const doneEvent = (id: string) =>
  z.object({
    event: z.literal('done'),
    id: z.string().describe(id),
    data: asText(z.object({ status: z.union([JobStatus, z.literal('gone')]) })),
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
  SchedulePage: z.object({ schedules: z.array(ScheduleView.extend({ tenant: ofAll })), next_cursor: ScheduleId.nullable() }),
  JobView,
  JobCount: z.object({
    count: z.int().min(0),
    newest: JobId.nullable().describe('The newest of them; null when there is none.'),
    complete: z
      .boolean()
      .describe('False: there are more jobs than are looked at for one answer, so more may fit among the oldest.'),
  }),
  BulkPage: z.object({
    done: z.int().min(0).describe('Jobs of this page that were asked.'),
    failures: z.array(z.object({ job_id: JobId, detail: z.string() })).describe('Jobs that refused, and why.'),
    next_cursor: JobId.nullable(),
  }),
  JobPage: z.object({ jobs: z.array(JobView), next_cursor: JobId.nullable() }),
  HistoryPage: HistoryPage.omit({ v: true, type: true, busy: true }),
  HistoryTrends,
  KeptJob: KeptJob.omit({ v: true, type: true }).extend({ job: JobFinished.shape.job }),
  ChunkPage: z.object({
    chunks: z
      .array(
        z.object({
          begin: z.int().min(0),
          end: z.int().min(1).describe('The first chunk after them.'),
          state: z.enum(['done', 'leased', 'dead', 'waiting']),
          run: z.int().min(1).nullable().describe('In which run since the newest requeue. Null here and below: not known.'),
          worker: z.string().nullable(),
          at: z.iso.datetime().nullable().describe('When the result was stored, or when they were dead.'),
          compute_ms: z.number().min(0).nullable().describe('Of the whole lease that they were part of.'),
          error: z.string().nullable().describe('Of the last run of dead chunks.'),
          runs: z.array(FailedRun).describe('The failed runs of dead chunks, oldest first.'),
        }),
      )
      .describe('In their order; neighbours with the same story are one row.'),
    coarse: z
      .boolean()
      .describe('Neighbours were joined to keep the map small: some chunks may be shown in the state of their neighbours.'),
    next_cursor: z.string().nullable(),
  }),
  JobProfile,
  JobLeases: z.object({
    job_id: JobId,
    answered: z.int().min(0).describe('How many leases of the job have an answer, also those that are kept no longer.'),
    leases: z.array(AnsweredLease).describe('The newest of them, in the order of their answers.'),
  }),
  JobStatistics: FinishedStatistics.omit({ v: true, type: true }).extend({
    total: z.int().min(0).describe('All jobs that are known: those kept in the history, and those that have not ended.'),
    running: z.int().min(0).describe('Jobs that have not ended.'),
    average_duration_sec: FinishedStatistics.shape.average_duration_sec.describe('Of completed jobs. Null when there is none.'),
    kinds: z.array(Outcomes.extend({ kind: z.string() })).describe('Finished jobs, counted by kind.'),
  }),
  JobRequeued: z.object({ job_id: JobId, status: JobStatus, round: z.int().min(1) }),
  DeadLetterPage: z.object({
    dead_letters: z.array(DeadChunk.omit({ v: true, type: true, tenant: true }).extend({ id: z.string(), tenant: ofAll })),
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
  FilePage: z.object({
    files: z.array(
      z.object({
        name: FileName.describe('The chunk that left it, and what its task code calls it.'),
        chunk: z.int().min(0),
        bytes: z.int().min(0),
        type: z.string().describe('Media type, as its task code states it.'),
        stored_at: z.iso.datetime(),
      }),
    ),
    next_cursor: FileName.nullable(),
  }),
  KindList: z.object({ kinds: z.array(KindRegistration.omit({ v: true, type: true }).extend({ live_workers: z.int().min(0) })) }),
  KindEstimate,
  ...CLUSTER_ANSWERS,
  QueueStats,
  Throughput: z.object({ samples: z.array(QueueStats.pick({ at: true, chunks_per_sec: true })) }),
  JobEvent: z
    .union([
      z
        .object({ event: z.literal('status'), id: z.string().describe('The revision of the view.'), data: asText(JobView) })
        .describe('The job as it is now.'),
      doneEvent('The revision, and `-done`.').describe('The end: no event follows.'),
    ])
    .describe('One of the server-sent events; its `data` is JSON.'),
  LogPage: z.object({
    lines: z.array(ListedLine).describe('In the order in which they were stored.'),
    prev_cursor: z.string().nullable().describe('For `before`: the lines before these. Null: there are none.'),
    next_cursor: z.string().nullable().describe('For `after`: the lines after these. Null: there are none yet.'),
  }),
  LogEvent: z
    .union([
      z.object({ event: z.literal('line'), id: z.string().describe('The id of the line.'), data: asText(ListedLine) }),
      doneEvent('The id of the last line, and `-done`.').describe(
        'The job is over and everything it logged was sent: no event follows.',
      ),
    ])
    .describe('One of the server-sent events; its `data` is JSON.'),
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
  SystemHealth: z.object({
    status: z.enum(['ok', 'degraded', 'stopping']).describe('`ok`: every part is. `stopping`: this gateway ends.'),
    detail: z.string().optional().describe('What is wrong, as a sentence. Absent when all is well.'),
    api: z.object({ status: PartStatus, uptime_sec: z.int().min(0) }).optional(),
    nats: z
      .object({
        status: PartStatus,
        answers: z.boolean(),
        stores: z.boolean().describe('Whether it stores what it is sent.'),
      })
      .optional(),
    coordinators: z.object({ status: PartStatus, count: z.int().min(0) }).optional(),
    workers: z
      .object({
        status: PartStatus,
        count: z.int().min(0).describe('Those that take leases.'),
        slots: z.int().min(0),
        busy_slots: z.int().min(0),
        untaken_kinds: z
          .array(KindName)
          .describe('Kinds of which work has waited for ten seconds, though a worker that has them has a free slot.'),
      })
      .optional()
      .describe('The parts are absent while the gateway ends.'),
  }),
  MetricsLite: z.object({
    at: z.iso.datetime(),
    gateway: z
      .object({
        uptime_sec: z.int().min(0),
        memory_mb: z.number().min(0),
        connections: z.int().min(0),
        watchers: z.int().min(0).describe('Clients that receive live updates, over WebSocket and SSE.'),
      })
      .describe('Of the gateway that answers.'),
    workers: z
      .object({ count: z.int().min(0), slots: z.int().min(0), busy_slots: z.int().min(0) })
      .nullable()
      .describe('Those that take leases. Null while NATS does not answer.'),
    coordinators: z.int().min(0).nullable().describe('Null while NATS does not answer.'),
    system: QueueStats.pick({
      at: true,
      jobs: true,
      jobs_finished: true,
      chunks_per_sec: true,
      dead_letters: true,
      mailbox_waiting: true,
    })
      .extend({ leases_waiting: z.int().min(0), leases_in_flight: z.int().min(0) })
      .nullable()
      .describe('Of all processes, as the metrics service counts them once a second. Null while it is away.'),
  }),
  ...FAILURE_ANSWERS,
  ...ACCOUNT_ANSWERS,
  ...SHARE_ANSWERS,
  ...COMPAT_ANSWERS,
  ...BATCH_ANSWERS,
  Problem: z.object({ detail: z.string().describe('What is wrong, and what to do.') }),
  FieldProblems: z.object({ detail: z.array(FieldProblem) }),
} as const;

export type AnswerName = keyof typeof ANSWERS;

/** The type of an answer, by its name. */
export type Answer<Name extends AnswerName> = z.infer<(typeof ANSWERS)[Name]>;
