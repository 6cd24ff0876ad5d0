/** What `npm start` was asked for: arguments first, then environment, then defaults. Pure. */
import { parseArgs } from 'node:util';
import { StorageGb } from '@manyhands/proto';
import { readSettings, SETTING_NAMES, SLOTS_MAX, WrongSettings } from '@manyhands/proto/settings';
import { Refusal } from '../refusal.ts';

export interface StartOptions {
  /** Port of the gateway: dashboard, REST, live updates and docs. */
  port: number;
  host: string;
  /** Compute processes. */
  compute: number;
  /** Slots of each compute process. */
  slots: number;
  /** An existing NATS server to use instead of starting one. */
  natsUrl: string | undefined;
  /** Port of the NATS server it starts; undefined: 4222, or another free one. */
  natsPort: number | undefined;
  /** Where metrics answers Prometheus itself. */
  metricsPort: number | undefined;
  /** Of the dashboard, where it is not the usual one. */
  webFolder: string | undefined;
  /** Seconds that a worker may take to end what it computes. */
  drainWithinSec: number;
}

export const startHelp = `npm start -- [options]        Runs the whole system on this machine.

  --port N      port of dashboard and API (PORT, default 8000)
  --slots N     computations at once in each compute process (MANYHANDS_SLOTS, default: one per core)
  --compute N   compute processes (default 1)
  --help        this text

Environment: NATS_URL uses that NATS server instead of starting one; MANYHANDS_NATS_PORT is the port of the one it starts
(default 4222, or another free one); MANYHANDS_HOME is where all data are kept (default .manyhands); HOST is the address to
listen on (default 127.0.0.1).
`;

/** `help` when the text was asked for. Throws a refusal that names what is wrong, also in the settings that only a service reads: nothing is started then. */
export function parseStart(args: readonly string[], env: NodeJS.ProcessEnv, cores: number): StartOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const compute = wholeNumber('--compute', values.compute ?? '1', 1, 64);
  const given = (name: string): string | undefined => env[name]?.trim() || undefined;
  const slotsAsked = values.slots ?? given('MANYHANDS_SLOTS');
  const natsUrl = given('NATS_URL');
  const options = {
    port: wholeNumber(values.port ? '--port' : 'PORT', values.port ?? given('PORT') ?? '8000', 1, 65_535),
    host: given('HOST') ?? '127.0.0.1',
    compute,
    slots: slotsAsked
      ? wholeNumber(values.slots ? '--slots' : 'MANYHANDS_SLOTS', slotsAsked, 1, SLOTS_MAX)
      : Math.max(1, Math.floor(cores / compute)),
    natsUrl,
    natsPort: given('MANYHANDS_NATS_PORT')
      ? wholeNumber('MANYHANDS_NATS_PORT', given('MANYHANDS_NATS_PORT') ?? '', 1, 65_535)
      : undefined,
  };
  return { ...options, ...checkSettings(options, env) };
}

/** What every service will be given must be right. Returns what of it is needed here. */
function checkSettings(
  { port, natsUrl }: Pick<StartOptions, 'port' | 'natsUrl'>,
  env: NodeJS.ProcessEnv,
): Pick<StartOptions, 'metricsPort' | 'webFolder' | 'drainWithinSec'> {
  const settings = refused(() => readSettings('Manyhands', SETTING_NAMES, env));
  if (!natsUrl && settings.MANYHANDS_REPLICAS !== 1) {
    throw new Refusal(
      'MANYHANDS_REPLICAS is 3, but the nats-server that npm start runs is a single one, which keeps 1 copy. Unset it, or set NATS_URL to a cluster.',
    );
  }
  if (settings.METRICS_PORT === port && port !== 0)
    throw new Refusal(`METRICS_PORT and PORT are both ${port}. Choose another METRICS_PORT, or unset it.`);
  return {
    metricsPort: settings.METRICS_PORT || undefined,
    webFolder: settings.MANYHANDS_WEB,
    drainWithinSec: settings.MANYHANDS_DRAIN_WITHIN,
  };
}

function refused<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WrongSettings ? new Refusal(error.message) : error;
  }
}

function parse(args: readonly string[]): { port?: string; slots?: string; compute?: string; help?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, slots: { type: 'string' }, compute: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${startHelp}`);
  }
}

/** Gigabytes that streams and buckets reserve together (`MANYHANDS_STORAGE_GB`). */
export function storageGbOf(env: NodeJS.ProcessEnv): number {
  const { data, error } = StorageGb.safeParse(env['MANYHANDS_STORAGE_GB']);
  if (error !== undefined)
    throw new Refusal(`MANYHANDS_STORAGE_GB is "${env['MANYHANDS_STORAGE_GB']}"; it ${error.issues[0]?.message}.`);
  return data;
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new Refusal(`${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
  return value;
}
