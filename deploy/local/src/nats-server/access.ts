/**
 * Which clients our own nats-server accepts: those that have the token in the home.
 *
 * Invariant: the token is random and stays the same over restarts, so that a worker started by hand comes back after one; it stands only in files that their
 * owner alone can read, and reaches the services by their environment, never by a command line.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Home } from '../home.ts';

const tokenBytes = 24;

/** The token of the last start, or a new one. */
export function tokenOf(home: Home): string {
  return tokenIn(read(home.natsUrl)) ?? randomBytes(tokenBytes).toString('base64url');
}

/** The token in an address that was written here; undefined when there is none. Pure. */
export function tokenIn(natsUrl: string): string | undefined {
  return /^nats:\/\/([\w-]{32})@/.exec(natsUrl)?.[1];
}

/** Writes the address for programs started by hand, and a context for the `nats` CLI. Returns the address. */
export function writeAccess(home: Home, token: string, port: number): string {
  const url = `nats://${token}@127.0.0.1:${port}`;
  writePrivate(home.natsUrl, `${url}\n`);
  const context = join(home.natsCli, 'nats', 'context', 'manyhands.json');
  mkdirSync(dirname(context), { recursive: true, mode: 0o700 });
  writePrivate(
    context,
    `${JSON.stringify({ description: 'The local Manyhands, written by npm start', url: `nats://127.0.0.1:${port}`, token }, null, 2)}\n`,
  );
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
