/**
 * A database of rows, the same to the code above it whether it is a SQLite file or PostgreSQL.
 *
 * Invariant: a statement is written once, with `?` for each value; values travel apart from it, so nothing that a user wrote is read as SQL.
 */
export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

export interface Sql {
  /** Throws what the database reports. */
  rows(statement: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Returns how many rows it changed. */
  run(statement: string, values?: readonly SqlValue[]): Promise<number>;
}

/** How the two databases spell what both have. */
export interface Dialect {
  name: 'sqlite' | 'postgres';
  /** A text that is compared byte by byte. */
  text: string;
  /** A whole number up to 2^53. */
  whole: string;
  /** A number of eight bytes. */
  real: string;
  /** What follows the columns of a table. */
  tableEnd: string;
  /** A field of a column that holds a JSON object, as text. */
  fieldOf(column: string, field: string): string;
}

export interface SqlDatabase extends Sql {
  readonly dialect: Dialect;
  /** Where it is, for people; without a password. */
  readonly shown: string;
  /** Runs all of it or nothing. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** As `transaction`, while no other process changes its tables. */
  exclusively<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** How many steps of the schema were run; 0 in an empty database. */
  schemaVersion(sql: Sql): Promise<number>;
  setSchemaVersion(sql: Sql, version: number): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL keeps no text with the character of number 0; so that both keep the same, neither does. */
export function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
