/** What metrics can be told through the environment; anything wrong ends the boot with a sentence that says what to change. */
import { join, resolve } from 'node:path';
import { readSettings, type Environment, type LogLevel } from '@manyhands/proto/settings';

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
  logLevel: LogLevel;
  /** Where Prometheus may ask over HTTP; undefined: only over NATS, as the gateway does. */
  http: { port: number; host: string } | undefined;
}

const names = [
  'NATS_URL',
  'MANYHANDS_HOME',
  'MANYHANDS_REPLICAS',
  'MANYHANDS_LOG_LEVEL',
  'METRICS_PORT',
  'HOST',
  'MANYHANDS_RETENTION_HOURS',
  'MANYHANDS_STORAGE_GB',
  'MANYHANDS_HISTORY_DAYS',
] as const;

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment): MetricsConfig {
  const given = readSettings('Metrics', names, environment);
  return {
    natsUrl: given.NATS_URL,
    historyFile: join(resolve(given.MANYHANDS_HOME), 'history.sqlite'),
    replicas: given.MANYHANDS_REPLICAS,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    historyDays: given.MANYHANDS_HISTORY_DAYS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    http: given.METRICS_PORT === undefined ? undefined : { port: given.METRICS_PORT, host: given.HOST },
  };
}
