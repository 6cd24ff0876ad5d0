/** What compute is told by its environment. Wrong configuration fails at boot with a sentence that says what to change. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { KindName, LANES, Lane, RetentionHours, StorageGb } from '@manyhands/proto';
import { LOG_LEVELS, type LogLevel } from '@manyhands/observe';
import { z } from 'zod';

const SLOTS_MAX = 256;
const slotsError = { error: `must be a whole number from 1 to ${SLOTS_MAX}` };
const DRAIN_WITHIN_SEC = 8;
const DRAIN_WITHIN_SEC_MAX = 86_400;
const drainError = { error: `must be a number of seconds from 0 to ${DRAIN_WITHIN_SEC_MAX}` };
const list = z.string().transform((text) => text.split(',').map((word) => word.trim()).filter((word) => word !== ''));

const Environment = z.object({
  NATS_URL: z.string().min(1, 'must be an address like nats://127.0.0.1:4222').default('nats://127.0.0.1:4222'),
  MANYHANDS_SLOTS: z.coerce.number(slotsError).int(slotsError).min(1, slotsError).max(SLOTS_MAX, slotsError).optional(),
  MANYHANDS_KINDS: list.pipe(z.array(KindName, { error: 'must be kinds separated by commas' })).optional(),
  MANYHANDS_LANES: list.pipe(z.array(Lane, { error: `must be lanes separated by commas, out of ${LANES.join(', ')}` })).optional(),
  MANYHANDS_REPLICAS: z.enum(['1', '3'], { error: 'must be 1 (single server) or 3 (cluster)' }).default('1'),
  MANYHANDS_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  MANYHANDS_RETENTION_HOURS: RetentionHours,
  MANYHANDS_STORAGE_GB: StorageGb,
  MANYHANDS_DRAIN_WITHIN: z.coerce.number(drainError).min(0, drainError).max(DRAIN_WITHIN_SEC_MAX, drainError).default(DRAIN_WITHIN_SEC),
});

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

/** Empty variables count as unset. Throws an `Error` that names each wrong variable and what it must be. */
export function readConfig(env: Record<string, string | undefined>, cores = availableParallelism()): ComputeConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message} (it is "${given[String(issue.path[0])] ?? ''}")`);
    throw new Error(`compute cannot start: ${wrong.join('; ')}.`);
  }
  const { NATS_URL, MANYHANDS_SLOTS, MANYHANDS_KINDS, MANYHANDS_LANES, MANYHANDS_REPLICAS, MANYHANDS_LOG_LEVEL, MANYHANDS_RETENTION_HOURS, MANYHANDS_STORAGE_GB, MANYHANDS_DRAIN_WITHIN } = parsed.data;
  return {
    natsUrl: NATS_URL,
    slots: MANYHANDS_SLOTS ?? cores,
    kinds: MANYHANDS_KINDS?.length ? MANYHANDS_KINDS : undefined,
    lanes: MANYHANDS_LANES?.length ? MANYHANDS_LANES : undefined,
    replicas: MANYHANDS_REPLICAS === '3' ? 3 : 1,
    logLevel: MANYHANDS_LOG_LEVEL,
    retentionHours: MANYHANDS_RETENTION_HOURS,
    storageGb: MANYHANDS_STORAGE_GB,
    drainWithinMs: MANYHANDS_DRAIN_WITHIN * 1_000,
  };
}

/** What the command line says goes before the environment. Throws an `Error` with what it may say. */
export function withArguments(env: Record<string, string | undefined>, args: readonly string[]): Record<string, string | undefined> {
  try {
    const { values } = parseArgs({ args: [...args], options: { 'drain-within': { type: 'string' } } });
    return values['drain-within'] === undefined ? env : { ...env, MANYHANDS_DRAIN_WITHIN: values['drain-within'] };
  } catch (error) {
    throw new Error(`compute cannot start: ${error instanceof Error ? error.message : String(error)}. It takes --drain-within SECONDS; everything else is set in the environment.`, { cause: error });
  }
}
