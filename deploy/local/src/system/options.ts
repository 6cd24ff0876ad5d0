/** What `npm start` was asked for: arguments first, then environment, then defaults. Pure. */
import { parseArgs } from 'node:util';
import { StorageGb } from '@manyhands/proto';
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

/** `help` when the text was asked for. Throws a refusal that names what is wrong. */
export function parseStart(args: readonly string[], env: NodeJS.ProcessEnv, cores: number): StartOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const compute = wholeNumber('--compute', values.compute ?? '1', 1, 64);
  const slotsAsked = values.slots ?? env['MANYHANDS_SLOTS'];
  return {
    port: wholeNumber(values.port ? '--port' : 'PORT', values.port ?? (env['PORT'] || '8000'), 1, 65_535),
    host: env['HOST'] || '127.0.0.1',
    compute,
    slots: slotsAsked ? wholeNumber(values.slots ? '--slots' : 'MANYHANDS_SLOTS', slotsAsked, 1, 1024) : Math.max(1, Math.floor(cores / compute)),
    natsUrl: env['NATS_URL'] || undefined,
    natsPort: env['MANYHANDS_NATS_PORT'] ? wholeNumber('MANYHANDS_NATS_PORT', env['MANYHANDS_NATS_PORT'], 1, 65_535) : undefined,
  };
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
  if (error !== undefined) throw new Refusal(`MANYHANDS_STORAGE_GB is "${env['MANYHANDS_STORAGE_GB']}"; it ${error.issues[0]?.message}.`);
  return data;
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new Refusal(`${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
  return value;
}
