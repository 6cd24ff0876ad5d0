/** What `npm start` was asked for: arguments first, then environment, then defaults. Pure. */
import { natsAccess } from '@manyhands/observe/run-service';
import {
  mayKillWorkers,
  NAMES_OF_SYSTEM,
  readCommandLine,
  readSettings,
  refuseOpenAccess,
  signInProviders,
  type Command,
  type Environment,
  type Spellings,
} from '@manyhands/proto/settings';
import { startText } from '../home.ts';
import { Refusal } from '../refusal.ts';

export interface StartOptions {
  /** Port of the gateway: dashboard, REST, live updates and docs. */
  port: number;
  host: string;
  /** Compute processes; with none, workers of the user's own compute. */
  compute: number;
  /** Slots of each compute process. */
  slots: number;
  /** An existing NATS server to use instead of starting one. */
  natsUrl: string | undefined;
  /** Port of the NATS server it starts; undefined: 4222, or another free one. */
  natsPort: number | undefined;
  /** Monitoring addresses of an existing NATS server. */
  natsMonitor: string | undefined;
  /** Gigabytes that streams and buckets reserve together. */
  storageGb: number;
  /** Hours that what is kept for a while is kept. */
  retentionHours: number;
  /** Of the dashboard, where it is not the usual one. */
  webFolder: string | undefined;
  /** Seconds that a worker may take to end what it computes. */
  drainWithinSec: number;
  /** Whether the gateway may order that a worker is ended. */
  killsWorkers: boolean;
}

const options = {
  port: { value: 'N', about: 'port of dashboard and API', setting: 'PORT' },
  slots: { value: 'N', about: 'chunks computed at once by each compute process', setting: 'MANYHANDS_SLOTS' },
  compute: { value: 'N', about: 'compute processes (default 1)' },
} as const;

export const startCommand: Command = {
  typed: 'npm start -- [options]',
  about: 'Runs the whole system on this machine until Ctrl-C.',
  reader: 'start',
  options,
  settings: NAMES_OF_SYSTEM,
};

export const devCommand: Command = {
  ...startCommand,
  typed: 'npm run dev -- [options]',
  about:
    'Runs the whole system, builds what is changed, and restarts the services it is part of. The dashboard has its own address, where changes appear at once.',
};

/** `help` when the text was asked for. Throws `WrongSettings`, also for what only a service reads: nothing is started then. */
export function parseStart(
  args: readonly string[],
  env: Environment,
  cores: number,
  command: Command = startCommand,
): StartOptions | 'help' {
  const line = readCommandLine(command, args, env);
  if (line === 'help') return 'help';
  return startOptions(
    line.environment,
    line.spelled,
    wholeNumber('--compute', String(line.values['compute'] ?? '1'), 0, 64),
    cores,
  );
}

function startOptions(env: Environment, spelled: Spellings, compute: number, cores: number): StartOptions {
  const given = readSettings('Manyhands', NAMES_OF_SYSTEM, env, spelled);
  // Its files are read again by each service; what is wrong with them is reported before anything is started.
  natsAccess('Manyhands', given);
  refuseOpenAccess('start', given);
  signInProviders('start', given);
  const natsUrl = env['NATS_URL']?.trim() ? given.NATS_URL : undefined;
  if (!natsUrl && given.MANYHANDS_REPLICAS !== 1)
    throw new Refusal(
      `Manyhands cannot start: MANYHANDS_REPLICAS is 3, but the nats-server that ${startText} runs is a single one, which keeps 1 copy. Unset it, or set NATS_URL to a cluster.`,
    );
  if (!natsUrl && given.MANYHANDS_NATS_PORT === given.PORT)
    throw new Refusal(
      `Manyhands cannot start: PORT and MANYHANDS_NATS_PORT are both ${given.PORT}, and the gateway and the nats-server cannot share one. Change or unset one of them.`,
    );
  return {
    port: given.PORT,
    host: given.HOST,
    compute,
    slots: given.MANYHANDS_SLOTS ?? Math.max(1, Math.floor(cores / Math.max(1, compute))),
    natsUrl,
    natsPort: given.MANYHANDS_NATS_PORT,
    natsMonitor: given.MANYHANDS_NATS_MONITOR,
    storageGb: given.MANYHANDS_STORAGE_GB,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    webFolder: given.MANYHANDS_WEB,
    drainWithinSec: given.MANYHANDS_DRAIN_WITHIN,
    killsWorkers: compute > 0 && mayKillWorkers(given),
  };
}

/** Of an option that stands for no setting. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new Refusal(
      `Manyhands cannot start: ${name} must be a whole number from ${min} to ${max} (it is ${JSON.stringify(text)}).`,
    );
  return value;
}
