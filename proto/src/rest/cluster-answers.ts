/** What the REST API answers about workers, for administrators; part of `answers.ts`. */
import { z } from 'zod';
import { JobId, KindName, WorkerId } from '../ids.ts';
import { limits } from '../limits.ts';
import { PackedLease } from '../messages/answered-leases.ts';
import { WorkerHeartbeat } from '../messages/presence.ts';

const Beat = WorkerHeartbeat.omit({ v: true, type: true });
const amount = z.number().min(0);

export const CLUSTER_ANSWERS = {
  WorkerList: z.object({ workers: z.array(Beat) }),
  WorkerRecord: z.object({
    at: z.iso.datetime().describe('By the clock that the times below are of.'),
    join: z
      .object({
        nats_url: z.string().describe('Where the gateway reaches NATS, without any secret.'),
        signs_in_by: z
          .enum(['nothing', 'url', 'nkey', 'creds', 'certificate'])
          .describe(
            'What the gateway shows NATS; `url`: a user or a token in the address. Another process has to show something too, its own.',
          ),
      })
      .describe('What another worker needs to know to join.'),
    workers: z
      .array(
        z.object({
          worker: Beat.describe('Its newest heartbeat.'),
          gone_at: z.iso.datetime().nullable().describe('Since when there is none any more. Null: it is there.'),
          samples: z
            .array(z.tuple([amount, amount, amount, amount]))
            .describe(
              'Of the last minutes, oldest first: `[seconds since 1970, busy slots, chunks counted since it started, megabytes]`.',
            ),
        }),
      )
      .describe(`Those that are there, and those that left within ${limits.goneWorkerMinutes} minutes.`),
  }),
  WorkerDraining: z.object({ worker: WorkerId, draining: z.literal(true) }),
  ClusterLeases: z.object({
    at: z.iso.datetime(),
    next_after: z.string().describe('For `after`: what is answered from here on.'),
    jobs: z
      .array(
        z.object({
          job_id: JobId,
          kind: KindName,
          submitted_at: z.iso.datetime(),
          workers: z.array(WorkerId),
          leases: z
            .array(PackedLease)
            .describe(
              'Each `[op, begin, end, attempt, worker, slot, from_ms, took_ms, outcome, failed_chunks]`: as in the leases of a job; op, worker and outcome are places in lists (`compute`, `merge`; `workers`; `computed`, `failed`, `returned`, `lost`, `ignored`), and `from_ms` counts from `submitted_at`.',
            ),
        }),
      )
      .describe('Those with an answered lease among them.'),
  }),
} as const;
