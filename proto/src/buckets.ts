/** Every KV bucket: its name, keys, values and life time, as plain data; provisioned like the streams. */
import { limitBytes, LOADS } from './capacity.ts';

export interface BucketSpec {
  name: string;
  description: string;
  /** At the usual storage; `MANYHANDS_STORAGE_GB` changes all in proportion. */
  maxBytes: number;
  /** Milliseconds a key lives after its last write; 0 is forever. */
  ttlMs: number;
  /** Whether `ttlMs` follows the configured retention instead; see `retention.ts`. */
  retained?: true;
  /** Keys may carry a life time of their own; the removal is announced to watchers for this long (ms). 0: no. */
  markerTtlMs: number;
  /** Whether a write is acknowledged before it is on disk: fast, and a crash may take the last ones. Of no effect where there are copies: there none is lost. */
  flushedLater?: true;
  /** Whether it drops the oldest when full, instead of refusing the newest. */
  dropsOldest?: true;
}

const hour = 3_600_000;

export const BUCKETS = {
  jobs: {
    name: 'jobs',
    description: 'JobView by <tenant>.<job>: the bytes users see, in KV, over WebSocket and SSE, and in REST.',
    maxBytes: limitBytes(LOADS.jobs),
    ttlMs: 24 * hour,
    retained: true,
    markerTtlMs: 0,
  },
  jobState: {
    name: 'job_state',
    description: 'Snapshot of a running job actor by <job>; written only over the revision that was read.',
    maxBytes: limitBytes(LOADS.jobState),
    ttlMs: 24 * hour,
    retained: true,
    markerTtlMs: 0,
  },
  artifactRecords: {
    name: 'artifacts',
    description:
      'What is stored in parts, by <tenant>.<input> or <tenant>.<job>; written last, so what is here is whole. Beside an input, the jobs submitted with it.',
    maxBytes: limitBytes(LOADS.artifactRecords),
    ttlMs: 14 * 24 * hour,
    markerTtlMs: 0,
  },
  workers: {
    name: 'workers',
    description: 'Heartbeat of each live worker by <worker>; the heartbeat of a dead worker expires.',
    maxBytes: limitBytes(LOADS.workers),
    ttlMs: 0,
    markerTtlMs: 60_000,
  },
  coordinators: {
    name: 'coordinators',
    description: 'Heartbeat of each live coordinator by <coordinator>; the partitions are divided among these.',
    maxBytes: limitBytes(LOADS.coordinators),
    ttlMs: 0,
    markerTtlMs: 60_000,
  },
  kinds: {
    name: 'kinds',
    description: 'What workers can compute by <kind>: title, JSON Schema of the parameters, example.',
    maxBytes: limitBytes(LOADS.kinds),
    ttlMs: 0,
    markerTtlMs: 0,
  },
  stats: {
    name: 'stats',
    description: 'Queue depths and counts once a second by <what>; the operations page reads them.',
    maxBytes: limitBytes(LOADS.stats),
    ttlMs: 0,
    markerTtlMs: 0,
  },
  pace: {
    name: 'pace',
    description:
      'How far the calls under each rate are given out, by <name in base64url>; written only over the revision that was read.',
    maxBytes: limitBytes(LOADS.pace),
    ttlMs: hour,
    markerTtlMs: 0,
  },
  idempotency: {
    name: 'idempotency',
    description: 'What was submitted under an Idempotency-Key, by <tenant>.<hash of the key>; a repeat gets the first answer.',
    maxBytes: limitBytes(LOADS.idempotency),
    ttlMs: 24 * hour,
    markerTtlMs: 0,
  },
  identity: {
    name: 'identity',
    description:
      'Accounts: users, sessions, API keys, signing keys, by <what>.<id>. Passwords and secrets as hashes only. No service but the gateway reads it.',
    maxBytes: limitBytes(LOADS.identity),
    ttlMs: 0,
    markerTtlMs: 60_000,
  },
  limits: {
    name: 'limits',
    description:
      'How much of a limit is used, by <limit>.<hash of the user or address>; written only over the revision that was read.',
    maxBytes: limitBytes(LOADS.limits),
    // Twice the longest window.
    ttlMs: 2 * hour,
    markerTtlMs: 0,
    flushedLater: true,
    dropsOldest: true,
  },
} as const satisfies Record<string, BucketSpec>;

export type BucketKey = keyof typeof BUCKETS;

/** Milliseconds between heartbeats, and how long a key outlives its last one. */
export const HEARTBEAT_INTERVAL_MS = 3_000;
export const HEARTBEAT_TTL_MS = 10_000;
