/** What metrics reads from its environment. Wrong settings end the start with a sentence that states what to change. */
import { join, resolve } from 'node:path';
import { natsAccess, type NatsAccess } from '@manyhands/observe/run-service';
import { settingsOf, type Command, type Environment, type LogLevel } from '@manyhands/proto/settings';

export interface MetricsConfig {
  natsUrl: string;
  /** Who it is to NATS, and whom it believes. */
  natsAccess?: NatsAccess;
  /** Used unless there is a `databaseUrl`. */
  historyFile: string;
  /** Of the PostgreSQL database that keeps history. */
  databaseUrl?: string | undefined;
  replicas: 1 | 3;
  /** Hours that what belongs to a job is kept on the bus after it last changed; history keeps it longer. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb?: number;
  /** Days that finished jobs stay in history. */
  historyDays: number;
  logLevel: LogLevel;
  /** Where it states whether it works, and Prometheus may ask; undefined: only over NATS, as the gateway does. */
  health?: { host: string; port: number } | undefined;
}

export const command: Command = {
  typed: 'npx node services/metrics/dist/main.js',
  about: 'Counts what happens for Prometheus, and writes finished jobs to SQL history.',
  reader: 'metrics',
  options: {},
};

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment): MetricsConfig {
  const given = settingsOf('metrics', environment);
  return {
    natsUrl: given.NATS_URL,
    natsAccess: natsAccess('Metrics', given),
    historyFile: join(resolve(given.MANYHANDS_HOME), 'history.sqlite'),
    databaseUrl: given.DATABASE_URL,
    replicas: given.MANYHANDS_REPLICAS,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    historyDays: given.MANYHANDS_HISTORY_DAYS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    health: given.HEALTH_PORT === undefined ? undefined : { host: given.HOST, port: given.HEALTH_PORT },
  };
}
