/**
 * Lets one system at a time run on a home.
 *
 * Invariant: the lock is the operating system's, taken through an SQLite file, so it is free again the moment its process is
 * gone, however it went. Rejected: a file with a process id as the lock itself, because ids are reused (in a container nearly
 * always the same few), so a stale one looks alive. The id still stands in `running.json`, for the message to a second start.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { startText, type Home } from './home.ts';
import { Refusal } from './refusal.ts';

/** The locks of this process. Kept in a variable because the garbage collector closes a database without a reference, and frees its lock. */
const held = new Set<DatabaseSync>();

/** Contents of `running.json`. */
export interface Holder {
  pid: number;
  /** Where the gateway answers. */
  url: string;
  /** Unset until the NATS server is known. */
  nats_url?: string;
}

export interface HomeLock {
  /** Rewrites `running.json`. */
  describe(holder: Holder): void;
  /** May be called again: a forced end overtakes a drain. */
  release(): void;
}

/** Of a home that is open (`openHome`). Throws a refusal while another process runs on it, and where it cannot be locked. */
export function lockHome(home: Home, holder: Holder): HomeLock {
  const database = lockedDatabase(home);
  const describe = (now: Holder): void => writeFileSync(home.holder, `${JSON.stringify(now)}\n`, { mode: 0o600 });
  describe(holder);
  held.add(database);
  return {
    describe,
    release() {
      if (!database.isOpen) return;
      rmSync(home.holder, { force: true });
      database.close();
      held.delete(database);
    },
  };
}

function lockedDatabase(home: Home): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(home.lock, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw new Refusal(refusalText(home, readHolder(home)));
    throw new Refusal(
      `${home.lock} cannot be locked (${(error as Error).message}). Remove that file. On a disk that other machines share it may be that none can be: name a folder of this machine with MANYHANDS_HOME.`,
      { cause: error },
    );
  }
}

/** Who holds the home, as written by the holder; undefined when no process does, or when the file cannot be read. */
export function readHolder(home: Home): Holder | undefined {
  try {
    const read = JSON.parse(readFileSync(home.holder, 'utf8')) as Holder;
    return typeof read.pid === 'number' && typeof read.url === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

function refusalText(home: Home, holder: Holder | undefined): string {
  const who = holder ? ` (process ${holder.pid}, ${holder.url})` : '';
  return `Manyhands already runs on ${home.folder}${who}. Use that system, stop it with Ctrl-C, or choose another folder and port: MANYHANDS_HOME=<folder> PORT=8001 ${startText}`;
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code === 5 /* SQLITE_BUSY */ || code === 6; /* SQLITE_LOCKED */
}
