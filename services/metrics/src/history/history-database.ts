/**
 * Opens the SQLite file that keeps finished jobs.
 *
 * Invariant: what was committed survives a power loss (`synchronous=FULL` over a write-ahead log), only the owner may read the
 * file, and its tables are those of `schema.ts`. A file from a newer release is refused.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { schemaSteps } from './schema.ts';

/** Milliseconds to wait for another process that writes, such as a backup or a person's shell. Short, because everything else waits too; an event comes again. */
const busyMsMax = 250;

export function openHistoryDatabase(file: string, steps: readonly string[] = schemaSteps): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives its log files the mode of the database, so that must be right before the first of them is made.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file, { timeout: busyMsMax });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  } catch (error) {
    database.close();
    throw new Error(
      `${file} cannot be used as history (${(error as Error).message}). Move it to another place: history is then written again from the stored events.`,
      { cause: error },
    );
  }
  bringUpToDate(database, file, steps);
  return database;
}

function bringUpToDate(database: DatabaseSync, file: string, steps: readonly string[]): void {
  const { user_version: have } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (have > steps.length) {
    database.close();
    throw new Error(
      `${file} was written by a newer release (schema ${have}, this one knows ${steps.length}). Start that release, or move the file away.`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index >= have) database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** Runs all of it or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // On a full disk SQLite has undone it already; its first error states what went wrong.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
