/** What the coordinator is told by its environment. Wrong settings end the boot with a sentence that says what to change. */
import { readSettings, type Environment, type LogLevel } from '@manyhands/proto/settings';

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

const names = [
  'NATS_URL',
  'MANYHANDS_REPLICAS',
  'MANYHANDS_LOG_LEVEL',
  'MANYHANDS_RETENTION_HOURS',
  'MANYHANDS_STORAGE_GB',
  'MANYHANDS_LEASE_CHUNKS_MAX',
] as const;

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment): CoordinatorConfig {
  const given = readSettings('The coordinator', names, environment);
  return {
    natsUrl: given.NATS_URL,
    replicas: given.MANYHANDS_REPLICAS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    leaseChunksMax: given.MANYHANDS_LEASE_CHUNKS_MAX,
  };
}
