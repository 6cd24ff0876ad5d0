/**
 * A SQLite file as a database of rows.
 *
 * Invariant: what was committed survives a power loss (`synchronous=FULL` over a write-ahead log), and only the owner may read the
 * file. One statement or transaction runs at a time: they share a connection.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { storable, type Dialect, type Sql, type SqlDatabase, type SqlRow, type SqlValue } from './sql.ts';

/** Milliseconds to wait for another process that writes, such as a backup or a person's shell. Short, because everything else waits too; an event comes again. */
const busyMsMax = 250;

const dialect: Dialect = {
  name: 'sqlite',
  text: 'TEXT',
  whole: 'INTEGER',
  real: 'REAL',
  tableEnd: 'STRICT, WITHOUT ROWID',
  fieldOf: (column, field) => `json_extract(${column}, '$.${field}')`,
};

/** Throws a sentence when the file cannot be used. */
export function openSqlite(file: string): SqlDatabase {
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
  return new SqliteDatabase(database, file);
}

class SqliteDatabase implements SqlDatabase {
  readonly dialect = dialect;
  readonly shown: string;
  readonly #database: DatabaseSync;
  readonly #direct: Sql;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#direct = new SqliteStatements(database);
    this.shown = file;
  }

  rows(statement: string, values?: readonly SqlValue[]): Promise<SqlRow[]> {
    return this.#next(() => this.#direct.rows(statement, values));
  }

  run(statement: string, values?: readonly SqlValue[]): Promise<number> {
    return this.#next(() => this.#direct.run(statement, values));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#next(async () => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(this.#direct);
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        // On a full disk SQLite has undone it already; its first error states what went wrong.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  exclusively<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }

  async schemaVersion(sql: Sql): Promise<number> {
    const [row] = await sql.rows('PRAGMA user_version');
    return Number(row?.['user_version']);
  }

  async setSchemaVersion(sql: Sql, version: number): Promise<void> {
    await sql.run(`PRAGMA user_version = ${version}`);
  }

  close(): Promise<void> {
    return this.#next(async () => {
      if (this.#database.isOpen) this.#database.close();
    });
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

class SqliteStatements implements Sql {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async rows(statement: string, values: readonly SqlValue[] = []): Promise<SqlRow[]> {
    return this.#prepare(statement).all(...values.map(storable)) as SqlRow[];
  }

  async run(statement: string, values: readonly SqlValue[] = []): Promise<number> {
    return Number(this.#prepare(statement).run(...values.map(storable)).changes);
  }

  /** There are as many as the code writes: filters make some dozens. */
  #prepare(statement: string): StatementSync {
    let prepared = this.#prepared.get(statement);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement);
      this.#prepared.set(statement, prepared);
    }
    return prepared;
  }
}
