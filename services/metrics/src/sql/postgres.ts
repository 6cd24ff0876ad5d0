/**
 * PostgreSQL as a database of rows, in a schema of its own, so that it may share a database with others.
 *
 * Invariant: a statement ends within its deadline, whatever the server does, and a connection on which one failed inside a transaction is
 * not used again. No error holds the password.
 */
import { WrongSettings } from '@manyhands/proto/settings';
import pg from 'pg';
import { storable, type Dialect, type Sql, type SqlDatabase, type SqlRow, type SqlValue } from './sql.ts';

const schema = 'manyhands';
const PORT_MAX = 65_535;
const connectionsMax = 4;
const connectMs = 5_000;
const statementMs = 15_000;
/** Of PostgreSQL's advisory locks: the process that changes the tables holds it. */
const migrationLock = 4_770_117;

const dialect: Dialect = {
  name: 'postgres',
  // The order of ids must be that of their bytes, whatever the language of the server.
  text: 'TEXT COLLATE "C"',
  whole: 'BIGINT',
  real: 'DOUBLE PRECISION',
  tableEnd: '',
  fieldOf: (column, field) => `(${column}::json ->> '${field}')`,
};

/** What the server refuses for a reason that time does not mend, by SQLSTATE. */
const refusals: Readonly<Record<string, string>> = {
  '28P01': 'it does not accept the user and the password',
  '28000': 'it does not let this user in',
  '3D000': 'there is no database of this name',
  '42501': `the user may not create or use the schema ${schema}`,
};

/** Connects with the first statement. Throws `WrongSettings` for an address that no server could ever be asked by. */
export function openPostgres(url: string): SqlDatabase {
  const why = flawOf(url);
  if (why !== undefined)
    throw new WrongSettings(`DATABASE_URL cannot be used for ${shownAddress(url)}: ${why}. Correct it, then start again.`);
  return new PostgresDatabase(url);
}

/** What `pg` would find with each connection: a name or password that cannot be read, a file of certificates that is not there. */
function flawOf(url: string): string | undefined {
  try {
    const { port } = new pg.Client({ connectionString: url });
    return port >= 1 && port <= PORT_MAX ? undefined : `its port must be a whole number from 1 to ${PORT_MAX}`;
  } catch (error) {
    return error instanceof URIError
      ? 'a "%" in it is not followed by two hexadecimal digits of a UTF-8 character; write it as %25'
      : (error as Error).message;
  }
}

class PostgresDatabase implements SqlDatabase {
  readonly dialect = dialect;
  readonly shown: string;
  readonly #pool: pg.Pool;
  #closing: Promise<void> | undefined;

  constructor(url: string) {
    this.shown = shownAddress(url);
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: connectMs,
      query_timeout: statementMs,
      statement_timeout: statementMs,
      keepAlive: true,
      application_name: 'manyhands metrics',
      types: { getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) },
    });
    this.#pool.on('connect', (client) => {
      // Seen: a server that was killed reported it between two statements of a transaction, and the process ended.
      client.on('error', () => undefined);
      // Where it is lost with the connection, the statement that waits behind it states so.
      client.query(`SET search_path TO ${schema}`).catch(() => undefined);
    });
    // A connection that waits was cut: the next statement opens another.
    this.#pool.on('error', () => undefined);
  }

  rows(statement: string, values?: readonly SqlValue[]): Promise<SqlRow[]> {
    return this.#with((sql) => sql.rows(statement, values));
  }

  run(statement: string, values?: readonly SqlValue[]): Promise<number> {
    return this.#with((sql) => sql.run(statement, values));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#with(async (sql) => {
      await sql.run('BEGIN');
      const result = await work(sql);
      await sql.run('COMMIT');
      return result;
    });
  }

  exclusively<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(async (sql) => {
      await sql.rows(`SELECT pg_advisory_xact_lock(${migrationLock})`);
      // Not `IF NOT EXISTS`: that asks for the right to create one, also where an operator made it.
      const [there] = await sql.rows('SELECT count(*) AS count FROM pg_namespace WHERE nspname = ?', [schema]);
      if (there?.['count'] === 0) await sql.run(`CREATE SCHEMA ${schema}`);
      await sql.run(`CREATE TABLE IF NOT EXISTS ${schema}.schema_version (version BIGINT NOT NULL)`);
      return work(sql);
    });
  }

  async schemaVersion(sql: Sql): Promise<number> {
    const [there] = await sql.rows(`SELECT to_regclass('${schema}.schema_version') IS NOT NULL AS is_there`);
    if (!there?.['is_there']) return 0;
    const [row] = await sql.rows('SELECT version FROM schema_version');
    return Number(row?.['version'] ?? 0);
  }

  async setSchemaVersion(sql: Sql, version: number): Promise<void> {
    await sql.run('DELETE FROM schema_version');
    await sql.run('INSERT INTO schema_version (version) VALUES (?)', [version]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async #with<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      const client = await this.#pool.connect();
      try {
        const result = await work(statementsOf(client));
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    } catch (error) {
      const why = isErrorWithCode(error) ? refusals[error.code] : undefined;
      if (why === undefined) throw error;
      throw new WrongSettings(`DATABASE_URL cannot be used: ${this.shown} answers, but ${why}. Correct it, then start again.`, {
        cause: error,
      });
    }
  }
}

function statementsOf(client: pg.PoolClient): Sql {
  const query = (statement: string, values: readonly SqlValue[] = []) =>
    client.query<SqlRow>(numbered(statement), values.map(storable));
  return {
    rows: async (statement, values) => (await query(statement, values)).rows,
    run: async (statement, values) => (await query(statement, values)).rowCount ?? 0,
  };
}

/** PostgreSQL numbers its values. */
function numbered(statement: string): string {
  let count = 0;
  return statement.replaceAll('?', () => `$${(count += 1)}`);
}

function shownAddress(url: string): string {
  const { protocol, host, pathname, username } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function isErrorWithCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
