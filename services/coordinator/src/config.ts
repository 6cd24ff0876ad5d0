/** What the coordinator is told by its environment. Wrong configuration fails at boot with a sentence that says what to change. */
import { LOG_LEVELS, type LogLevel } from '@manyhands/observe';
import { limits, RetentionHours, StorageGb } from '@manyhands/proto';
import { z } from 'zod';

const chunksError = `must be a whole number of chunks from 1 to ${limits.chunkCountMax}`;
const LeaseChunksMax = z.preprocess(
  (given) => (given === '' ? undefined : given),
  z.coerce.number({ error: chunksError }).int(chunksError).min(1, chunksError).max(limits.chunkCountMax, chunksError).default(limits.chunkCountMax),
);

const Environment = z.object({
  NATS_URL: z.string().min(1, 'must be an address like nats://127.0.0.1:4222').default('nats://127.0.0.1:4222'),
  MANYHANDS_REPLICAS: z.enum(['1', '3'], { error: 'must be 1 (single server) or 3 (cluster)' }).default('1'),
  MANYHANDS_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  MANYHANDS_RETENTION_HOURS: RetentionHours,
  MANYHANDS_STORAGE_GB: StorageGb,
  MANYHANDS_LEASE_CHUNKS_MAX: LeaseChunksMax,
});

export interface CoordinatorConfig {
  natsUrl: string;
  replicas: 1 | 3;
  logLevel: LogLevel;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together; unset: those the server has. */
  storageGb?: number;
  /** Most chunks handed to a slot at once; leases size themselves up to it. */
  leaseChunksMax: number;
}

/** Throws an `Error` that names each wrong variable and what it must be. */
export function readConfig(env: Record<string, string | undefined>): CoordinatorConfig {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message} (it is "${env[String(issue.path[0])] ?? ''}")`);
    throw new Error(`The coordinator cannot start: ${wrong.join('; ')}.`);
  }
  const given = parsed.data;
  return {
    natsUrl: given.NATS_URL,
    replicas: given.MANYHANDS_REPLICAS === '3' ? 3 : 1,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    leaseChunksMax: given.MANYHANDS_LEASE_CHUNKS_MAX,
  };
}
