/** What compute is told by its environment. Wrong settings end the boot with a sentence that says what to change. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Lane } from '@manyhands/proto';
import { readSettings, WrongSettings, type Environment, type LogLevel } from '@manyhands/proto/settings';

export interface ComputeConfig {
  natsUrl: string;
  /** Threads that compute; a core each unless set. */
  slots: number;
  /** Compute only these kinds; undefined: all there are. */
  kinds: readonly string[] | undefined;
  /** Take only leases of these lanes; undefined: all. */
  lanes: readonly Lane[] | undefined;
  replicas: 1 | 3;
  logLevel: LogLevel;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb: number;
  /** Milliseconds that what runs has to end, once this worker is told to; the rest is handed over to other workers. */
  drainWithinMs: number;
}

const names = [
  'NATS_URL',
  'MANYHANDS_SLOTS',
  'MANYHANDS_KINDS',
  'MANYHANDS_LANES',
  'MANYHANDS_REPLICAS',
  'MANYHANDS_LOG_LEVEL',
  'MANYHANDS_RETENTION_HOURS',
  'MANYHANDS_STORAGE_GB',
  'MANYHANDS_DRAIN_WITHIN',
] as const;

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment, cores = availableParallelism()): ComputeConfig {
  const given = readSettings('Compute', names, environment);
  return {
    natsUrl: given.NATS_URL,
    slots: given.MANYHANDS_SLOTS ?? cores,
    kinds: given.MANYHANDS_KINDS,
    lanes: given.MANYHANDS_LANES,
    replicas: given.MANYHANDS_REPLICAS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    drainWithinMs: given.MANYHANDS_DRAIN_WITHIN * 1_000,
  };
}

/** What the command line says goes before the environment. Throws `WrongSettings` with what it may say. */
export function withArguments(environment: Environment, args: readonly string[]): Environment {
  try {
    const { values } = parseArgs({ args: [...args], options: { 'drain-within': { type: 'string' } } });
    return values['drain-within'] === undefined
      ? environment
      : { ...environment, MANYHANDS_DRAIN_WITHIN: values['drain-within'] };
  } catch (error) {
    throw new WrongSettings(
      `Compute cannot start: ${error instanceof Error ? error.message : String(error)}. It takes --drain-within SECONDS; everything else is set in the environment.`,
      { cause: error },
    );
  }
}
