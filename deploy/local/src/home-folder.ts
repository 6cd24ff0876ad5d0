/**
 * Makes the home, or looks at the one that is there, before anything is written to it.
 *
 * Invariant once it returned: the folder is ours and no other account can look into it, so none can lock it, place a program in it or read the token of NATS.
 * A folder that holds other things is refused rather than closed to others: it may belong to another user, or be `/tmp`.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { homeAt, type Home } from './home.ts';
import { Refusal } from './refusal.ts';

/** Returns the home by its real path. Throws a refusal that names the folder and states what to do. */
export function openHome(home: Home): Home {
  const { folder } = home;
  let found: Stats;
  try {
    make(folder);
    found = statSync(folder);
    if (!found.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(
      `${named(home)} cannot be used: ${whyNot((error as NodeJS.ErrnoException).code)}. Name another with MANYHANDS_HOME, or correct this one.`,
    );
  }
  const self = process.getuid?.();
  if (self === undefined) return homeAt(realpathSync(folder));
  if (found.uid !== self)
    throw new Refusal(`${named(home)} belongs to another account. Name another folder with MANYHANDS_HOME.`);
  if ((found.mode & 0o077) !== 0) close(home);
  return homeAt(realpathSync(folder));
}

/** With the folders above it. Node's own `recursive` never returns where a folder cannot be made for want of itself: below /proc, and where folders are mounted on demand. */
function make(folder: string): void {
  if (existsSync(folder)) return;
  make(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start has made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function close(home: Home): void {
  const known = new Set([
    ...Object.values(home).map((path: string) => basename(path)),
    'history.sqlite',
    'history.sqlite-wal',
    'history.sqlite-shm',
    'lock-journal',
  ]);
  const foreign = readdirSync(home.folder).find((name) => !known.has(name));
  if (foreign !== undefined) {
    throw new Refusal(
      `${named(home)} can be read by other accounts and has other files in it (${foreign}). Name another folder with MANYHANDS_HOME, or close this one: chmod 700 ${home.folder}`,
    );
  }
  chmodSync(home.folder, 0o700);
}

function named({ folder }: Home): string {
  return `The folder for all data, ${folder},`;
}

function whyNot(code: string | undefined): string {
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'there is a file in its place';
  if (code === 'EACCES' || code === 'EPERM') return 'this account may not write there';
  if (code === 'EROFS') return 'its disk can only be read';
  if (code === 'ENOENT') return 'no folder can be made there';
  if (code === 'ENOSPC') return 'its disk is full';
  return code ?? 'it cannot be made';
}
