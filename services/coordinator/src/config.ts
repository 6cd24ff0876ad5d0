/** What the coordinator reads from its environment. Wrong settings end the start with a sentence that states what to change. */
import { tracerSettings, type TracerSettings } from '@manyhands/observe';
import { natsAccess, type NatsAccess } from '@manyhands/observe/run-service';
import { settingsOf, type Command, type Environment, type LogLevel } from '@manyhands/proto/settings';

export interface CoordinatorConfig {
  natsUrl: string;
  /** Who it is to NATS, and whom it believes. */
  natsAccess?: NatsAccess;
  replicas: 1 | 3;
  logLevel: LogLevel;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together; unset: those the server has. */
  storageGb?: number;
  /** Most chunks handed to a slot at once; leases size themselves up to it. */
  leaseChunksMax: number;
  /** Where traces go; undefined: there are none. */
  traces?: TracerSettings | undefined;
  /** Where it states whether it works; undefined: nowhere. */
  health?: { host: string; port: number } | undefined;
}

export const command: Command = {
  typed: 'npx node services/coordinator/dist/main.js',
  about: 'Runs the actor of each job: hands out chunks, counts each result once, keeps the state.',
  reader: 'coordinator',
  options: {},
};

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment): CoordinatorConfig {
  const given = settingsOf('coordinator', environment);
  return {
    natsUrl: given.NATS_URL,
    natsAccess: natsAccess('The coordinator', given),
    replicas: given.MANYHANDS_REPLICAS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    leaseChunksMax: given.MANYHANDS_LEASE_CHUNKS_MAX,
    traces: tracerSettings(given),
    health: given.HEALTH_PORT === undefined ? undefined : { host: given.HOST, port: given.HEALTH_PORT },
  };
}
