/** The shapes of the API's answers, made from the contract's own schemas, so that the documentation cannot differ from them. */
import {
  CoordinatorHeartbeat,
  DeadChunk,
  JobId,
  JobStatus,
  JobView,
  KindRegistration,
  QueueStats,
  ScheduleId,
  ScheduleStatus,
  ScheduleView,
  WorkerHeartbeat,
} from '@manyhands/proto';
import { z } from 'zod';

const Detail = z.string().describe('What is wrong, and what to do.');

const ANSWERS = {
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
  JobRequeued: z.object({ job_id: JobId, status: JobStatus, round: z.int().min(1) }),
  DeadLetterPage: z.object({
    dead_letters: z.array(DeadChunk.omit({ v: true, type: true, tenant: true }).extend({ id: z.string() })),
    next_cursor: z.string().nullable(),
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
          .describe('The end: nothing more comes.'),
      ]),
    )
    .describe('Server-sent events, one after the other; `data` is JSON.'),
  Health: z.object({ status: z.literal('ok') }),
  Readiness: z.object({
    ready: z.boolean(),
    detail: z.string().optional().describe('What is missing, in words. Absent when it is ready.'),
    checks: z.object({
      nats: z.boolean(),
      storage: z
        .boolean()
        .describe('Whether NATS stores what it is sent; false when its disk or a stream is full, or a stream has no leader.'),
      coordinators: z.int().min(0),
      workers: z.int().min(0),
      stuck_partitions: CoordinatorHeartbeat.shape.stuck.describe(
        'Parts of the mailbox that stand still, and why; the jobs in them wait. Absent: none.',
      ),
      troubles: CoordinatorHeartbeat.shape.troubles.describe(
        'Streams, buckets and consumers on NATS that somebody removed, changed or paused. They are put right within seconds, and listed for some seconds more (`mended`). Absent: none.',
      ),
    }),
    kept_hours: z.int().min(1).describe('Hours that a job is kept after it last changed.'),
  }),
  Problem: z.object({ detail: Detail }),
  FieldProblems: z.object({
    detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() })),
  }),
} as const;

export type AnswerName = keyof typeof ANSWERS;

/** Components of the OpenAPI document, by name. */
export function answerSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([name, schema]) => {
      const { $schema: _, ...shape } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output', unrepresentable: 'any' });
      return [name, withinComponents(shape, name)];
    }),
  );
}

/** Points the references inside a schema (`#/$defs/x`, for values that hold themselves) at where the schema stands in the document. */
function withinComponents(shape: object, name: string): object {
  return JSON.parse(
    JSON.stringify(shape)
      .replaceAll('"#/$defs/', `"#/components/schemas/${name}/$defs/`)
      .replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`),
  ) as object;
}
