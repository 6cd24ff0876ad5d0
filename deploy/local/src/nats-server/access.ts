/**
 * Who may sign in at our own nats-server: each service by the key in its file, workers started by hand by the password in the address that is in the home, and
 * an operator with the `nats` CLI by the key of the administrator.
 *
 * Invariant: keys and password are random and stay the same over restarts, so that a worker started by hand comes back after one; they stand only in files that
 * their owner alone can read, and never in a command line.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PasswordUser } from '@manyhands/proto/identities';
import type { Home } from '../home.ts';

const passwordBytes = 24;

/** Who an address in the home makes one: a worker. Its password is that of the last start, or a new one. */
export function workerUser(home: Home): PasswordUser {
  const password = passwordIn(read(home.natsUrl)) ?? randomBytes(passwordBytes).toString('base64url');
  return { identity: 'compute', name: 'worker', password };
}

/** The password in an address that was written here, or the token that earlier releases wrote; undefined when there is none. Pure. */
export function passwordIn(natsUrl: string): string | undefined {
  return /^nats:\/\/(?:worker:)?([\w-]{32})@/.exec(natsUrl)?.[1];
}

export interface Access {
  worker: PasswordUser;
  /** File with the key of the administrator. */
  adminKeyFile: string;
  port: number;
}

/** Writes the address for workers started by hand, and a context for the `nats` CLI, which may do everything. Returns the address. */
export function writeAccess(home: Home, { worker: { name, password }, adminKeyFile, port }: Access): string {
  const url = `nats://${name}:${password}@127.0.0.1:${port}`;
  writePrivate(home.natsUrl, `${url}\n`);
  const context = join(home.natsCli, 'nats', 'context', 'manyhands.json');
  mkdirSync(dirname(context), { recursive: true, mode: 0o700 });
  const known = {
    description: 'The local Manyhands, written by npm start',
    url: `nats://127.0.0.1:${port}`,
    nkey: adminKeyFile,
  };
  writePrivate(context, `${JSON.stringify(known, null, 2)}\n`);
  writePrivate(join(home.natsCli, 'nats', 'context.txt'), 'manyhands\n');
  return url;
}

/** What an operator types once, so that every `nats` command of that terminal uses our server. */
export function natsCliCommand(home: Home): string {
  return `export XDG_CONFIG_HOME='${home.natsCli.replaceAll("'", "'\\''")}'`;
}

/** `mode` of a write counts only for a file it makes. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
