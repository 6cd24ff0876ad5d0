/** What metrics can be told through the environment; anything wrong ends the boot with a sentence that says what to change. */
import { join, resolve } from 'node:path';
import { LOG_LEVELS } from '@manyhands/observe';
import { RetentionHours, StorageGb } from '@manyhands/proto';
import { z } from 'zod';

const Environment = z.object({
  NATS_URL: z.string().min(1).default('nats://127.0.0.1:4222'),
  MANYHANDS_HOME: z.string().min(1).default('.manyhands'),
  MANYHANDS_REPLICAS: z.enum(['1', '3'], 'must be 1 or 3').default('1'),
  MANYHANDS_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  METRICS_PORT: z.string().regex(/^\d{1,5}$/, 'must be a port number').refine((text) => Number(text) <= 65_535, 'must be a port number').optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  MANYHANDS_RETENTION_HOURS: RetentionHours,
  MANYHANDS_STORAGE_GB: StorageGb,
  MANYHANDS_HISTORY_DAYS: z.string().regex(/^[1-9]\d{0,3}$/, 'must be a whole number of days from 1 to 9999').default('90'),
});

export interface MetricsConfig {
  natsUrl: string;
  historyFile: string;
  replicas: 1 | 3;
  /** Hours that what belongs to a job is kept on the bus after it last changed; history keeps it longer. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb?: number;
  /** Days that finished jobs stay in history. */
  historyDays: number;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Where Prometheus may ask over HTTP; undefined: only over NATS, as the gateway does. */
  http: { port: number; host: string } | undefined;
}

/** Empty variables count as unset. Throws one sentence per wrong variable. */
export function readConfig(env: NodeJS.ProcessEnv): MetricsConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = Environment.safeParse(set);
  if (!read.success) throw new Error(read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`).join(' '));
  const { NATS_URL, MANYHANDS_HOME, MANYHANDS_REPLICAS, MANYHANDS_LOG_LEVEL, METRICS_PORT, HOST, MANYHANDS_RETENTION_HOURS, MANYHANDS_STORAGE_GB, MANYHANDS_HISTORY_DAYS } = read.data;
  return {
    natsUrl: NATS_URL,
    historyFile: join(resolve(MANYHANDS_HOME), 'history.sqlite'),
    replicas: MANYHANDS_REPLICAS === '3' ? 3 : 1,
    retentionHours: MANYHANDS_RETENTION_HOURS,
    storageGb: MANYHANDS_STORAGE_GB,
    historyDays: Number(MANYHANDS_HISTORY_DAYS),
    logLevel: MANYHANDS_LOG_LEVEL,
    http: METRICS_PORT === undefined ? undefined : { port: Number(METRICS_PORT), host: HOST },
  };
}
