/** What is found in history, whichever database it is. */
import { encode, limits, newJobId, newScheduleId, scheduledJobId } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { LOOKED_AT_MAX } from '../history-reader.ts';
import type { FinishedJob } from '../job-row.ts';
import { TestHistory, type TestDatabases } from './test-history.ts';

const finished = (given: Parameters<typeof aJobFinished>[0] = {}) => aJobFinished(given).job;

export function describeSearch(name: string, databases: TestDatabases): void {
  describe(`search in ${name}`, () => {
    const at = new TestHistory(databases);

    it('statistics count the jobs of a tenant by how they ended, and no job that runs again', async () => {
      const done = [2, 4].map((duration_sec) => finished({ duration_sec }));
      const again = finished({ status: 'failed', result: null });
      const others = [
        finished({ status: 'failed', result: null, duration_sec: 100 }),
        finished({ status: 'cancelled', result: null, duration_sec: null }),
        finished({ tenant: 'other', duration_sec: 1_000 }),
      ];
      for (const [sequence, job] of [...done, again, ...others].entries()) await at.apply(job, sequence + 1);
      const counts = { completed: 2, failed: 2, cancelled: 1, average_duration_sec: 3 };
      expect(await at.reader.statistics({ tenant: 'local', without: [] })).toMatchObject(counts);
      expect(await at.reader.statistics({ tenant: 'local', without: [again.job_id] })).toMatchObject({ ...counts, failed: 1 });
      expect(await at.reader.statistics({ tenant: 'none', without: [] })).toMatchObject({
        completed: 0,
        average_duration_sec: null,
      });
    });

    it('one tenant never sees the jobs of another', async () => {
      const job = finished({ tenant: 'them' });
      await at.apply(job, 1);
      expect(await at.reader.job('local', job.job_id)).toBeUndefined();
      expect((await at.reader.page({ tenant: 'local', limit: 10 })).jobs).toEqual([]);
      expect((await at.reader.page({ tenant: 'them', limit: 10 })).jobs).toHaveLength(1);
    });

    it('lists are newest first, filtered, and paged by the last id', async () => {
      const jobs = Array.from({ length: 6 }, (_, index) =>
        finished({ job_id: newJobId(), kind: index % 2 ? 'primes' : 'sum', status: index === 5 ? 'cancelled' : 'completed' }),
      );
      for (const [index, job] of jobs.entries()) await at.apply(job, index + 1);
      const newestFirst = jobs
        .map(({ job_id: id }) => id)
        .sort()
        .reverse();
      const ids = async (query: object): Promise<string[]> =>
        (await at.reader.page({ tenant: 'local', limit: 10, ...query })).jobs.map(({ job_id: id }) => id);
      expect(await ids({})).toEqual(newestFirst);
      expect(await ids({ limit: 2 })).toEqual(newestFirst.slice(0, 2));
      expect(await ids({ limit: 2, before: newestFirst[1] })).toEqual(newestFirst.slice(2, 4));
      expect(await ids({ status: 'cancelled' })).toEqual([jobs[5]?.job_id]);
      expect(await ids({ kind: 'primes', status: 'completed' })).toEqual([jobs[3], jobs[1]].map((job) => job?.job_id));
    });

    it('a page leads to the next one, and the last to none', async () => {
      const jobs = Array.from({ length: 5 }, () => finished({ job_id: newJobId() }));
      for (const [index, job] of jobs.entries()) await at.apply(job, index + 1);
      const seen: string[] = [];
      const sizes: number[] = [];
      for (let before: string | null | undefined; before !== null;) {
        const page = await at.reader.page({ tenant: 'local', limit: 2, ...(before !== undefined && { before }) });
        seen.push(...page.jobs.map(({ job_id: id }) => id));
        sizes.push(page.jobs.length);
        before = page.next_cursor;
      }
      expect(seen).toEqual(jobs.map(({ job_id: id }) => id).reverse());
      expect(sizes).toEqual([2, 2, 1]);
      expect((await at.reader.page({ tenant: 'local', limit: 5 })).next_cursor).toBeNull();
    });

    it('a page of large jobs ends early, so that it fits into one message, and loses none', async () => {
      const jobs = Array.from({ length: 5 }, () =>
        finished({ job_id: newJobId(), result: { text: 'x'.repeat(limits.partialBytesMax - 20) } }),
      );
      for (const [index, job] of jobs.entries()) await at.apply(job, index + 1);
      const small = finished({ job_id: newJobId() });
      await at.apply(small, 9);
      const seen: string[] = [];
      for (let before: string | null | undefined; before !== null;) {
        const page = await at.reader.page({ tenant: 'local', limit: 200, ...(before !== undefined && { before }) });
        expect(encode(page).length).toBeLessThan(limits.messageBytesMax);
        seen.push(...page.jobs.map(({ job_id: id }) => id));
        before = page.next_cursor;
      }
      expect(seen).toEqual([small, ...jobs.reverse()].map(({ job_id: id }) => id));
    });

    it('jobs are found by when they were submitted: from a time on, and before another', async () => {
      const atMs = Date.parse('2026-06-01T00:00:00Z');
      const jobs = [-1, 0, 1, 2].map((ms) => finished({ job_id: scheduledJobId(newScheduleId(), 'once', atMs + ms) }));
      for (const [index, job] of jobs.entries()) await at.apply(job, index + 1);
      const ids = async (query: object): Promise<string[]> =>
        (await at.reader.page({ tenant: 'local', limit: 10, ...query })).jobs.map(({ job_id: id }) => id);
      const time = (ms: number): string => new Date(atMs + ms).toISOString();
      expect(await ids({ from: time(0) })).toEqual([jobs[3], jobs[2], jobs[1]].map((job) => job!.job_id));
      expect(await ids({ to: time(0) })).toEqual([jobs[0]!.job_id]);
      expect(await ids({ from: time(0), to: time(2) })).toEqual([jobs[2], jobs[1]].map((job) => job!.job_id));
      expect(await ids({ from: time(2), to: time(0) })).toEqual([]);
    });

    it('whatever a filter holds is compared as it is, and never read as SQL', async () => {
      await at.apply(finished(), 1);
      for (const hostile of ["' OR 1=1 --", '"; DROP TABLE jobs; --', '%', '\u0000'])
        for (const field of ['tenant', 'kind', 'status', 'before'])
          expect(
            (await at.reader.page({ tenant: 'local', limit: 10, [field]: hostile })).jobs.length,
            `${field} ${hostile}`,
          ).toBeLessThanOrEqual(field === 'before' ? 1 : 0);
      expect((await at.reader.page({ tenant: 'local', limit: 10 })).jobs).toHaveLength(1);
    });

    it('jobs are found by tag, by a word of their error, and by how long they took', async () => {
      const job = (index: number, given: Partial<FinishedJob>) =>
        finished({ job_id: scheduledJobId(newScheduleId(), 'once', Date.parse('2026-06-01T00:00:00Z') + index), ...given });
      const failed = (message: string): Partial<FinishedJob> => ({
        status: 'failed',
        result: null,
        error: { code: 'compute_failed', message, retryable: true },
      });
      const jobs = [
        job(0, { tags: { team: 'web' }, duration_sec: 1 }),
        job(1, { tags: { team: 'web', env: '100%' }, duration_sec: 2.5 }),
        job(2, { ...failed('The disk is 100% full'), duration_sec: 4 }),
        job(3, { ...failed('no_such file'), duration_sec: null }),
        job(4, { tags: { team: 'web' }, tenant: 'other', duration_sec: 9 }),
        job(5, { ...failed('Die Übersicht fehlt'), duration_sec: null }),
      ];
      for (const [index, each] of jobs.entries()) await at.apply(each, index + 1);
      const found = async (search: object): Promise<number[]> =>
        (await at.reader.page({ tenant: 'local', limit: 10, ...search })).jobs.map(({ job_id: id }) =>
          jobs.findIndex(({ job_id }) => job_id === id),
        );
      expect(await found({ tag: 'team=web' })).toEqual([1, 0]);
      expect(await found({ tag: 'team' })).toEqual([]);
      expect(await found({ tag: 'env=100%' })).toEqual([1]);
      expect(await found({ error: 'DISK is 100%' })).toEqual([2]);
      // Seen: `Ü` was asked for as `ü`, and found nowhere.
      for (const any of ['DIE Übersicht', 'die übersicht', 'ÜBERSICHT']) expect(await found({ error: any }), any).toEqual([5]);
      expect(await found({ error: 'compute_failed' })).toEqual([5, 3, 2]);
      for (const none of ['100% is', 'no-such', '100_', "'", '!']) expect(await found({ error: none }), none).toEqual([]);
      expect(await found({ longer_than: 2.5 })).toEqual([2, 1]);
      expect(await found({ shorter_than: 2.5 })).toEqual([0]);
      expect(await found({ longer_than: 1, shorter_than: 4, tag: 'team=web', status: 'completed', kind: 'sum' })).toEqual([1, 0]);
      expect((await at.reader.page({ limit: 10, tag: 'team=web' })).jobs).toHaveLength(3);
    });

    it('a search that must look at each job looks at so many at a time, and the cursor leads on', async () => {
      const first = finished({ duration_sec: 1_000 });
      await at.apply(first, 1);
      // As many rows as a page looks at, all of them younger.
      const made = `WITH RECURSIVE counted(n) AS (SELECT 100000 UNION ALL SELECT n + 1 FROM counted WHERE n < ${100_000 + LOOKED_AT_MAX - 1}) SELECT 'ffffffff-' || CAST(n AS TEXT) AS id FROM counted`;
      const columns = Object.keys((await at.database.rows('SELECT * FROM jobs'))[0]!).filter((column) => column !== 'job_id');
      await at.database.run(
        `INSERT INTO jobs (job_id, ${columns.join(', ')}) SELECT many.id, ${columns.map((column) => (column === 'duration_sec' ? '1' : `jobs.${column}`)).join(', ')} FROM jobs, (${made}) AS many`,
      );
      const page = await at.reader.page({ tenant: 'local', limit: 10, longer_than: 500 });
      expect(page.jobs).toEqual([]);
      const rest = await at.reader.page({ tenant: 'local', limit: 10, longer_than: 500, before: page.next_cursor! });
      expect(rest).toMatchObject({ jobs: [first], next_cursor: null });
    });

    it('statistics count each kind apart', async () => {
      const jobs = [
        finished({ kind: 'primes', duration_sec: 2 }),
        finished({ kind: 'primes', duration_sec: 4 }),
        finished({ kind: 'sum', status: 'failed', result: null, duration_sec: 1 }),
      ];
      for (const [index, job] of jobs.entries()) await at.apply(job, index + 1);
      expect((await at.reader.statistics({ tenant: 'local', without: [] })).kinds).toEqual([
        { kind: 'primes', completed: 2, failed: 0, cancelled: 0, average_duration_sec: 3 },
        { kind: 'sum', completed: 0, failed: 1, cancelled: 0, average_duration_sec: null },
      ]);
    });
  });
}
