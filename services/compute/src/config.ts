/** What compute reads from its environment. Wrong settings end the start with a sentence that states what to change. */
import { availableParallelism } from 'node:os';
import type { Lane } from '@manyhands/proto';
import { tracerSettings, type TracerSettings } from '@manyhands/observe';
import { memoryLimit, slotsWithin, type SandboxOptions } from '@manyhands/worker';
import { natsAccess, type NatsAccess } from '@manyhands/observe/run-service';
import {
  settingsOf,
  WrongSettings,
  type Command,
  type Environment,
  type LogLevel,
  type Spellings,
} from '@manyhands/proto/settings';

export interface ComputeConfig {
  natsUrl: string;
  /** Who it is to NATS, and whom it believes. */
  natsAccess?: NatsAccess;
  /** Threads that compute; a core each unless set, and no more than its memory holds. */
  slots: number;
  /** Compute only these kinds; undefined: all there are. */
  kinds: readonly string[] | undefined;
  /** Paths and patterns of the modules with kinds; `builtin` stands for ours. */
  kindModules: readonly string[];
  /** Of the kind `script`. */
  sandbox: SandboxOptions;
  /** Whether there is a model server, and so the kind `llm`. */
  hasModelServer: boolean;
  /** Take only leases of these lanes; undefined: all. */
  lanes: readonly Lane[] | undefined;
  replicas: 1 | 3;
  logLevel: LogLevel;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb: number;
  /** Milliseconds that what runs has to end, once this worker is ordered to stop; the rest is handed over to other workers. */
  drainWithinMs: number;
  /** Where traces go; undefined: there are none. */
  traces?: TracerSettings | undefined;
  /** Where it states whether it works; undefined: nowhere. */
  health?: { host: string; port: number } | undefined;
}

export const command: Command = {
  typed: 'npx node services/compute/dist/main.js',
  about: 'Computes chunks in threads.',
  reader: 'compute',
  options: {
    'drain-within': {
      value: 'SECONDS',
      about: 'how long running chunks have to end when it is ordered to stop',
      setting: 'MANYHANDS_DRAIN_WITHIN',
    },
  },
};

/** Throws `WrongSettings`. */
export function readConfig(
  environment: Environment,
  spelled: Spellings = {},
  { cores = availableParallelism(), memoryBytes = memoryLimit() } = {},
): ComputeConfig {
  const given = settingsOf('compute', environment, spelled);
  return {
    natsUrl: given.NATS_URL,
    natsAccess: natsAccess('Compute', given),
    slots: slotsOf(given.MANYHANDS_SLOTS, cores, memoryBytes),
    kinds: given.MANYHANDS_KINDS,
    kindModules: given.MANYHANDS_KIND_MODULES,
    sandbox: {
      bubblewrap: given.MANYHANDS_SCRIPT_BUBBLEWRAP,
      limitMs: given.MANYHANDS_SCRIPT_SECONDS * 1_000,
      env: {
        MANYHANDS_SCRIPT_MEMORY_MB: String(given.MANYHANDS_SCRIPT_MEMORY_MB),
        MANYHANDS_SCRIPT_STACK_KB: String(given.MANYHANDS_SCRIPT_STACK_KB),
        MANYHANDS_SCRIPT_SECONDS: String(given.MANYHANDS_SCRIPT_SECONDS),
        MANYHANDS_SCRIPT_OUTPUT_KB: String(given.MANYHANDS_SCRIPT_OUTPUT_KB),
      },
    },
    hasModelServer: given.MANYHANDS_LLM_URL !== undefined,
    lanes: given.MANYHANDS_LANES,
    replicas: given.MANYHANDS_REPLICAS,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    drainWithinMs: given.MANYHANDS_DRAIN_WITHIN * 1_000,
    traces: tracerSettings(given),
    health: given.HEALTH_PORT === undefined ? undefined : { host: given.HOST, port: given.HEALTH_PORT },
  };
}

function slotsOf(slots: number | undefined, cores: number, limitBytes: number): number {
  const allowed = slotsWithin({ slots, cores, limitBytes });
  if ('slots' in allowed) return allowed.slots;
  throw new WrongSettings(
    `Compute cannot start: MANYHANDS_SLOTS ${allowed.wrong} (compose: MANYHANDS_COMPUTE_MEMORY in .env; the chart: resources.limits.memory of its workers).`,
  );
}
