/**
 * Brings a database to the schema of this release.
 *
 * Invariant: a step runs once, whole or not at all, and one process at a time runs steps. A database of a newer release is refused.
 */
import { WrongSettings } from '@manyhands/proto/settings';
import type { Dialect, Sql, SqlDatabase } from './sql.ts';

/** The statements of one step. A step that was released is never edited. */
export type SchemaStep = (dialect: Dialect) => readonly string[];

export async function bringUpToDate(database: SqlDatabase, steps: readonly SchemaStep[]): Promise<void> {
  let have = await versionOf(database, database, steps);
  while (have < steps.length)
    have = await database.exclusively(async (sql) => {
      const version = await versionOf(database, sql, steps);
      if (version === steps.length) return version;
      for (const statement of steps[version]?.(database.dialect) ?? []) await sql.run(statement);
      await database.setSchemaVersion(sql, version + 1);
      return version + 1;
    });
}

async function versionOf(database: SqlDatabase, sql: Sql, steps: readonly SchemaStep[]): Promise<number> {
  const have = await database.schemaVersion(sql);
  if (have <= steps.length) return have;
  throw new WrongSettings(
    `${database.shown} was written by a newer release (schema ${have}, this one knows ${steps.length}). Start that release, or give this one another database.`,
  );
}
