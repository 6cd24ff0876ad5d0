import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode, limits, newJobId, newScheduleId, scheduledJobId } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { createLogger } from '@manyhands/observe';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { History } from './history.ts';
import { HistoryPruning } from './history-pruning.ts';
import { inTransaction, openHistoryDatabase } from './history-database.ts';
import { schemaSteps } from './schema.ts';

let folder: string;
let file: string;
let history: History;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  file = join(folder, 'data', 'history.sqlite');
  history = new History(openHistoryDatabase(file));
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

const finished = (given: Parameters<typeof aJobFinished>[0] = {}) => aJobFinished(given).job;

test('a finished job reads back as it was written', () => {
  const job = finished({
    result: { big: '12345678901234567890' },
    params: { n: 5 },
    workers: { w1: 3, w2: 5 },
    duration_sec: 1.25,
    detail: null,
  });
  expect(history.apply(job, 7)).toBe(true);
  expect(history.job('local', job.job_id)).toEqual(job);
  expect(history.position()).toBe(7);
});

test('a failed job keeps its error and has no result', () => {
  const job = finished({
    status: 'failed',
    result: null,
    error: { code: 'compute_failed', message: 'no', retryable: true },
    detail: 'Chunk 3 failed.',
  });
  history.apply(job, 1);
  expect(history.job('local', job.job_id)).toEqual(job);
});

test('an event applied again is no new job, and changes nothing', () => {
  const job = finished();
  expect(history.apply(job, 7)).toBe(true);
  expect(history.apply(job, 7)).toBe(false);
  expect(history.page({ tenant: 'local', limit: 10 }).jobs).toEqual([job]);
});

test('whatever the order and the repetitions, the newest event of each job wins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ job: fc.nat(3), sequence: fc.integer({ min: 1, max: 50 }) }), { minLength: 1, maxLength: 30 }),
      (events) => {
        const ids = Array.from({ length: 4 }, newJobId);
        for (const { job, sequence } of events) history.apply(finished({ job_id: ids[job] ?? '', retries: sequence }), sequence);
        for (const [index, id] of ids.entries()) {
          const newest = Math.max(...events.filter(({ job }) => job === index).map(({ sequence }) => sequence));
          expect(history.job('local', id)?.retries).toBe(Number.isFinite(newest) ? newest : undefined);
        }
        expect(history.position()).toBeGreaterThanOrEqual(Math.max(...events.map(({ sequence }) => sequence)));
      },
    ),
    { numRuns: 20 },
  );
});

test('an event that cannot be written moves no position', () => {
  expect(() => history.apply({ ...finished(), kind: null as unknown as string }, 9)).toThrow(/NOT NULL/);
  expect(history.position()).toBe(0);
  expect(history.apply(finished(), 10)).toBe(true);
});

test('what was committed is there when the file is opened again', () => {
  const job = finished();
  history.apply(job, 3);
  history.close();
  history = new History(openHistoryDatabase(file));
  expect(history.job('local', job.job_id)).toEqual(job);
  expect(history.position()).toBe(3);
});

test('one tenant never sees the jobs of another', () => {
  const job = finished({ tenant: 'them' });
  history.apply(job, 1);
  expect(history.job('local', job.job_id)).toBeUndefined();
  expect(history.page({ tenant: 'local', limit: 10 }).jobs).toEqual([]);
  expect(history.page({ tenant: 'them', limit: 10 }).jobs).toHaveLength(1);
});

test('lists are newest first, filtered, and paged by the last id', () => {
  const jobs = Array.from({ length: 6 }, (_, index) =>
    finished({ job_id: newJobId(), kind: index % 2 ? 'primes' : 'sum', status: index === 5 ? 'cancelled' : 'completed' }),
  );
  for (const [index, job] of jobs.entries()) history.apply(job, index + 1);
  const newestFirst = jobs
    .map(({ job_id: id }) => id)
    .sort()
    .reverse();
  const ids = (query: object): string[] =>
    history.page({ tenant: 'local', limit: 10, ...query }).jobs.map(({ job_id: id }) => id);
  expect(ids({})).toEqual(newestFirst);
  expect(ids({ limit: 2 })).toEqual(newestFirst.slice(0, 2));
  expect(ids({ limit: 2, before: newestFirst[1] })).toEqual(newestFirst.slice(2, 4));
  expect(ids({ status: 'cancelled' })).toEqual([jobs[5]?.job_id]);
  expect(ids({ kind: 'primes', status: 'completed' })).toEqual([jobs[3], jobs[1]].map((job) => job?.job_id));
});

test('a page leads to the next one, and the last to none', () => {
  const jobs = Array.from({ length: 5 }, () => finished({ job_id: newJobId() }));
  for (const [index, job] of jobs.entries()) history.apply(job, index + 1);
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let before: string | null | undefined; before !== null;) {
    const page = history.page({ tenant: 'local', limit: 2, ...(before !== undefined && { before }) });
    seen.push(...page.jobs.map(({ job_id: id }) => id));
    sizes.push(page.jobs.length);
    before = page.next_cursor;
  }
  expect(seen).toEqual(jobs.map(({ job_id: id }) => id).reverse());
  expect(sizes).toEqual([2, 2, 1]);
  expect(history.page({ tenant: 'local', limit: 5 }).next_cursor).toBeNull();
});

test('a page of large jobs ends early, so that it fits into one message, and loses none', () => {
  const jobs = Array.from({ length: 5 }, () =>
    finished({ job_id: newJobId(), result: { text: 'x'.repeat(limits.partialBytesMax - 20) } }),
  );
  for (const [index, job] of jobs.entries()) history.apply(job, index + 1);
  const small = finished({ job_id: newJobId() });
  history.apply(small, 9);
  const seen: string[] = [];
  for (let before: string | null | undefined; before !== null;) {
    const page = history.page({ tenant: 'local', limit: 200, ...(before !== undefined && { before }) });
    expect(encode(page).length).toBeLessThan(limits.messageBytesMax);
    seen.push(...page.jobs.map(({ job_id: id }) => id));
    before = page.next_cursor;
  }
  expect(seen).toEqual([small, ...jobs.reverse()].map(({ job_id: id }) => id));
});

test('jobs are found by when they were submitted: from a time on, and before another', () => {
  const atMs = Date.parse('2026-06-01T00:00:00Z');
  const jobs = [-1, 0, 1, 2].map((ms) => finished({ job_id: scheduledJobId(newScheduleId(), 'once', atMs + ms) }));
  for (const [index, job] of jobs.entries()) history.apply(job, index + 1);
  const ids = (query: object): string[] =>
    history.page({ tenant: 'local', limit: 10, ...query }).jobs.map(({ job_id: id }) => id);
  const time = (ms: number): string => new Date(atMs + ms).toISOString();
  expect(ids({ from: time(0) })).toEqual([jobs[3], jobs[2], jobs[1]].map((job) => job!.job_id));
  expect(ids({ to: time(0) })).toEqual([jobs[0]!.job_id]);
  expect(ids({ from: time(0), to: time(2) })).toEqual([jobs[2], jobs[1]].map((job) => job!.job_id));
  expect(ids({ from: time(2), to: time(0) })).toEqual([]);
});

test('whatever a filter holds is compared as it is, and never read as SQL', () => {
  history.apply(finished(), 1);
  for (const hostile of ["' OR 1=1 --", '"; DROP TABLE jobs; --', '%', '\u0000'])
    for (const field of ['tenant', 'kind', 'status', 'before'])
      expect(
        history.page({ tenant: 'local', limit: 10, [field]: hostile }).jobs.length,
        `${field} ${hostile}`,
      ).toBeLessThanOrEqual(field === 'before' ? 1 : 0);
  expect(history.page({ tenant: 'local', limit: 10 }).jobs).toHaveLength(1);
});

test('no filter looks at the jobs that do not fit', () => {
  const database = openHistoryDatabase(file);
  for (const [where, index] of [
    ['tenant = ?', 'jobs_by_tenant'],
    ['tenant = ? AND kind = ?', 'jobs_by_kind'],
    ['tenant = ? AND status = ?', 'jobs_by_status'],
    ['tenant = ? AND status = ? AND kind = ?', 'jobs_by_kind_and_status'],
  ] as const) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE ${where} AND job_id < ? ORDER BY job_id DESC`);
    const steps = plan.all(...Array.from({ length: where.split('?').length }, () => 'x')).map(({ detail }) => String(detail));
    expect(steps.join('\n')).toMatch(new RegExp(`^SEARCH jobs USING INDEX ${index} \\(.*job_id<\\?\\)$`));
  }
  database.close();
});

test('only the owner may read the file and its logs, also one that was there before', () => {
  history.apply(finished(), 1);
  for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(path).mode & 0o777).toBe(0o600);
  history.close();
  chmodSync(file, 0o644);
  history = new History(openHistoryDatabase(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('every commit is flushed to disk', () => {
  const database = openHistoryDatabase(file);
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

test('a file of an older release is brought up to date, one of a newer release is refused', () => {
  const job = finished();
  history.apply(job, 1);
  history.close();
  const newer = [...schemaSteps, 'ALTER TABLE jobs ADD COLUMN note TEXT'];
  openHistoryDatabase(file, newer).close();
  expect(() => openHistoryDatabase(file)).toThrow(
    `${file} was written by a newer release (schema ${schemaSteps.length + 1}, this one knows ${schemaSteps.length})`,
  );
  const database = openHistoryDatabase(file, newer);
  expect(database.prepare('SELECT note FROM jobs').all()).toHaveLength(1);
  database.close();
});

test('jobs submitted too long ago are forgotten, in batches, and no others', () => {
  const atMs = Date.parse('2026-06-01T00:00:00Z');
  const idAt = (ms: number): string => scheduledJobId(newScheduleId(), 'once', ms);
  const old = Array.from({ length: 5 }, (_, index) => finished({ job_id: idAt(atMs - 1 - index) }));
  const young = [finished({ job_id: idAt(atMs) }), finished()];
  for (const job of [...old, ...young]) history.apply(job, 1);
  expect([history.forget(atMs, 3), history.forget(atMs, 3), history.forget(atMs, 3)]).toEqual([3, 2, 0]);
  for (const job of old) expect(history.job('local', job.job_id)).toBeUndefined();
  for (const job of young) expect(history.job('local', job.job_id)).toBeDefined();
});

test('pruning removes what is older than it keeps, and survives a closed history', () => {
  const pruning = new HistoryPruning(history, 90, createLogger('test', { level: 'silent' }));
  history.apply(finished({ job_id: scheduledJobId(newScheduleId(), 'once', Date.now() - 91 * 24 * 3_600_000) }), 1);
  history.apply(finished(), 2);
  expect(pruning.prune(Date.now())).toBe(1);
  history.close();
  expect(pruning.prune(Date.now())).toBe(0);
});

test('on a full disk what is said is that it is full, and what was there stays', () => {
  const database = openHistoryDatabase(join(folder, 'full', 'history.sqlite'));
  try {
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
    database.exec(`CREATE TABLE large (bytes); PRAGMA max_page_count = ${pages + 4}`);
    // SQLite undoes the transaction itself then: "cannot rollback - no transaction is active" stood in the log.
    expect(() => inTransaction(database, () => database.exec('INSERT INTO large VALUES (zeroblob(1000000))'))).toThrow(
      'database or disk is full',
    );
    expect(database.prepare('SELECT count(*) AS count FROM large').get()).toEqual({ count: 0 });
    expect(() =>
      inTransaction(database, () => {
        throw new Error('a mistake');
      }),
    ).toThrow('a mistake');
    expect(database.isTransaction).toBe(false);
  } finally {
    database.close();
  }
});
