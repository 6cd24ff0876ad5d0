/**
 * Who may do what on NATS: the one table of permissions. `permissions.ts` turns a row into subjects, `render.ts` a table of keys into configuration.
 *
 * Invariant: what a row does not state is refused by the server. No service may create, change or delete a stream or bucket; `provision` may, and reads no message.
 * A right to read includes every message of the stream: the server decides by the name of the stream, not by the subject of a message.
 */
import type { BucketKey } from '../buckets.ts';
import type { StreamKey } from '../streams.ts';
import { coreSubjects } from '../subjects.ts';

export const SERVICE_IDENTITIES = ['gateway', 'coordinator', 'compute', 'metrics'] as const;
export type ServiceIdentity = (typeof SERVICE_IDENTITIES)[number];
/** `admin` is an operator with the `nats` CLI, who may do everything. */
export const IDENTITIES = [...SERVICE_IDENTITIES, 'provision', 'admin'] as const;
export type Identity = (typeof IDENTITIES)[number];

/**
 * `read`: any message, and how far its consumers are · `confirm`: one message, asked of the leader, as an outbox does when a publish had no answer ·
 * `follow`: many messages, by passing consumers of its own · `take`: by durable consumers, which it may create
 * · `mend`: reset, resume, remove and create consumers · `write`: any key of a bucket · `purge`: messages by their subjects · `remove`: these, and one by its sequence
 */
export type Right = 'read' | 'confirm' | 'follow' | 'take' | 'mend' | 'write' | 'purge' | 'remove';
export type AssetKey = StreamKey | BucketKey;

export interface Row {
  readonly assets: Readonly<Partial<Record<AssetKey, readonly Right[]>>>;
  /** Subjects it publishes, beside keys of buckets. */
  readonly publishes: readonly string[];
  readonly subscribes: readonly string[];
  /** Answers questions, each once and within seconds. */
  readonly answers?: true;
}

export const TABLE: Readonly<Record<ServiceIdentity, Row>> = {
  gateway: {
    assets: {
      mailbox: ['read'],
      dead: ['read', 'follow', 'remove'],
      artifacts: ['read', 'follow', 'remove'],
      logs: ['read', 'follow'],
      answered: ['read', 'follow'],
      schedules: ['read', 'remove'],
      jobs: ['read', 'follow'],
      jobState: ['read'],
      artifactRecords: ['read', 'follow', 'write'],
      workers: ['read', 'follow'],
      coordinators: ['read', 'follow'],
      kinds: ['read', 'follow', 'write'],
      stats: ['read', 'follow'],
      idempotency: ['read', 'write'],
      identity: ['read', 'follow', 'write'],
      limits: ['read', 'write'],
    },
    publishes: [
      ...['submit', 'cancel', 'cancel.*', 'pause', 'resume', 'requeue.*'].map((command) => `job.*.*.${command}`),
      'schedule.>',
      'artifact.>',
      'query.*',
      coreSubjects.drainAnyWorker,
      coreSubjects.deleteJob,
    ],
    subscribes: [],
  },
  coordinator: {
    assets: {
      mailbox: ['read', 'follow', 'take', 'mend', 'remove'],
      timers: ['read'],
      work: ['read', 'mend', 'remove'],
      advisories: ['read', 'take', 'mend'],
      events: ['read', 'mend'],
      dead: ['read', 'remove'],
      artifacts: ['read', 'remove'],
      logs: ['purge'],
      answered: ['read', 'purge'],
      schedules: ['read', 'take', 'mend', 'remove'],
      jobs: ['read', 'follow', 'write'],
      jobState: ['read', 'write'],
      artifactRecords: ['read', 'follow', 'write'],
      workers: ['read', 'follow'],
      coordinators: ['read', 'follow', 'write'],
    },
    publishes: [
      'job.>',
      'timer.set.>',
      'work.>',
      'event.>',
      'dead.>',
      'artifact.>',
      'answered.>',
      'schedule.>',
      coreSubjects.cancelLeases,
    ],
    subscribes: ['live.*.*', coreSubjects.deleteJob],
    answers: true,
  },
  compute: {
    assets: {
      mailbox: ['confirm'],
      logs: ['confirm'],
      work: ['read', 'take'],
      // The parts of a file that never became whole.
      artifacts: ['read', 'purge'],
      artifactRecords: ['read'],
      workers: ['read', 'follow', 'write'],
      kinds: ['read', 'write'],
      pace: ['read', 'write'],
    },
    // Work: copies of leases that it hands over to other workers.
    publishes: ['job.*.*.result.*', 'work.*.*.*', 'artifact.>', 'log.>', 'live.*.*'],
    subscribes: [coreSubjects.cancelLeases, coreSubjects.drainAnyWorker],
  },
  metrics: {
    assets: {
      mailbox: ['read'],
      work: ['read'],
      events: ['read', 'follow', 'take'],
      dead: ['read', 'follow'],
      logs: ['read', 'follow'],
      jobs: ['read', 'follow'],
      workers: ['read', 'follow'],
      coordinators: ['read', 'follow'],
      stats: ['read', 'write'],
    },
    publishes: [],
    subscribes: ['query.*'],
    answers: true,
  },
};
