import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { aJobFinished } from '@manyhands/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bringUpToDate } from '../sql/migrations.ts';
import { openSqlite } from '../sql/sqlite.ts';
import { describeHistory } from './conformance/history-behaviour.ts';
import { describeSearch } from './conformance/search-behaviour.ts';
import { describeTrends } from './conformance/trends-behaviour.ts';
import { HistoryReader } from './history-reader.ts';
import { History } from './history.ts';
import { schemaSteps } from './schema.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  file = join(folder, 'data', 'history.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeHistory('SQLite', { fresh: () => openSqlite(file), again: () => openSqlite(file) });
describeSearch('SQLite', { fresh: () => openSqlite(file), again: () => openSqlite(file) });
describeTrends('SQLite', { fresh: () => openSqlite(file), again: () => openSqlite(file) });

async function begun(): Promise<History> {
  const history = new History(openSqlite(file));
  await history.begin();
  return history;
}

test('no filter looks at the jobs that do not fit', async () => {
  await (await begun()).close();
  const database = new DatabaseSync(file);
  for (const [where, index] of [
    ['tenant = ?', 'jobs_by_tenant'],
    ['tenant = ? AND kind = ?', 'jobs_by_kind'],
    ['tenant = ? AND status = ?', 'jobs_by_status'],
    ['tenant = ? AND status = ? AND kind = ?', 'jobs_by_kind_and_status'],
    ['trouble IS NOT NULL AND tenant = ?', 'jobs_in_trouble'],
  ] as const) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE ${where} AND job_id < ? ORDER BY job_id DESC`);
    const steps = plan.all(...Array.from({ length: where.split('?').length }, () => 'x')).map(({ detail }) => String(detail));
    expect(steps.join('\n')).toMatch(new RegExp(`^SEARCH jobs USING INDEX ${index} \\(.*job_id<\\?\\)$`));
  }
  database.close();
});

test('trends of a tenant are counted without a look at the rows', async () => {
  await (await begun()).close();
  const database = new DatabaseSync(file);
  const columns = 'job_id, kind, status, completed_chunks, duration_sec';
  const plan = database.prepare(
    `EXPLAIN QUERY PLAN SELECT ${columns} FROM jobs WHERE tenant = ? AND job_id >= ? AND job_id < ? ORDER BY job_id DESC`,
  );
  const steps = plan.all('x', 'x', 'x').map(({ detail }) => String(detail));
  expect(steps.join('\n')).toMatch(/^SEARCH jobs USING COVERING INDEX jobs_by_tenant \(.*job_id<\?\)$/);
  database.close();
});

test('only the owner may read the file and its logs, also one that was there before', async () => {
  const history = await begun();
  await history.apply([{ job: aJobFinished().job, sequence: 1 }]);
  for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(path).mode & 0o777).toBe(0o600);
  await history.close();
  chmodSync(file, 0o644);
  await (await begun()).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('every commit is flushed to disk', async () => {
  const database = openSqlite(file);
  expect(await database.rows('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
  expect(await database.rows('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  await database.close();
});

test('a file of an older release is brought up to date, with what is in it; one of a newer release is refused', async () => {
  const old = openSqlite(file);
  await bringUpToDate(old, schemaSteps.slice(0, 3));
  const { job } = aJobFinished({
    status: 'failed',
    result: null,
    error: { code: 'compute_failed', message: 'no', retryable: false },
  });
  const { params, result, error, workers, ...plain } = job;
  const row = {
    ...plain,
    ...Object.fromEntries(Object.entries({ params, result, error, workers }).map(([key, value]) => [key, JSON.stringify(value)])),
    event_sequence: 1,
  };
  const columns = Object.keys(row);
  await old.run(
    `INSERT INTO jobs (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row) as string[],
  );
  await old.close();
  const database = openSqlite(file);
  await bringUpToDate(database, schemaSteps);
  expect((await new HistoryReader(database).page({ tenant: 'local', error: 'compute', limit: 1 })).jobs).toEqual([job]);
  const newer = [...schemaSteps, () => ['ALTER TABLE jobs ADD COLUMN note TEXT']];
  await bringUpToDate(database, newer);
  await database.close();
  await expect(begun()).rejects.toThrow(
    `${file} was written by a newer release (schema ${schemaSteps.length + 1}, this one knows ${schemaSteps.length})`,
  );
});

test('on a full disk what is said is that it is full, and what was there stays', async () => {
  const database = openSqlite(file);
  await database.run('CREATE TABLE large (bytes)');
  const [{ page_count: pages } = { page_count: 0 }] = await database.rows('PRAGMA page_count');
  await database.rows(`PRAGMA max_page_count = ${Number(pages) + 4}`);
  // SQLite undoes the transaction itself then: "cannot rollback - no transaction is active" stood in the log.
  await expect(database.transaction((sql) => sql.run('INSERT INTO large VALUES (zeroblob(1000000))'))).rejects.toThrow(
    'database or disk is full',
  );
  await expect(
    database.transaction(async (sql) => {
      await sql.run('INSERT INTO large VALUES (1)');
      throw new Error('a mistake');
    }),
  ).rejects.toThrow('a mistake');
  expect(await database.rows('SELECT count(*) AS count FROM large')).toEqual([{ count: 0 }]);
  await database.close();
});
