/** What history shows over time, whichever database it is. */
import { limits, newScheduleId, scheduledJobId, utcDayOf, utcDays, type JobTrends, type QueryTrends } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { HistoryTrends } from '../history-trends.ts';
import type { FinishedJob } from '../job-row.ts';
import { TestHistory, type TestDatabases } from './test-history.ts';

const from = '2026-06-01T00:00:00.000Z';
const hourMs = 3_600_000;

/** Submitted so many hours after the beginning of June 2026. */
function job(hours: number, given: Partial<FinishedJob> = {}): FinishedJob {
  return aJobFinished({ job_id: scheduledJobId(newScheduleId(), 'once', Date.parse(from) + hours * hourMs), ...given }).job;
}

const failed: Partial<FinishedJob> = {
  status: 'failed',
  result: null,
  error: { code: 'compute_failed', message: 'the disk is full', retryable: true },
};

export function describeTrends(name: string, databases: TestDatabases): void {
  describe(`trends in ${name}`, () => {
    const at = new TestHistory(databases);
    const apply = (jobs: readonly FinishedJob[]) =>
      at.history.apply(jobs.map((each, index) => ({ job: each, sequence: index + 1 })));
    const trends = (
      given: Partial<QueryTrends> = {},
      bounds: { lookedAtMax?: number; pageRows?: number; withinMs?: number } = {},
    ): Promise<JobTrends> =>
      new HistoryTrends(at.database, bounds).read({
        ...{ v: 1, type: 'QueryTrends', tenant: 'local', from, to: '2026-06-04T00:00:00.000Z' },
        ...given,
      });

    it('each day has the jobs that were submitted on it, in UTC, and a day without one is there too', async () => {
      await apply([
        job(-0.001),
        job(0, { duration_sec: 1, completed_chunks: 10 }),
        job(23.999, { duration_sec: 3, completed_chunks: 20 }),
        job(23, { ...failed, completed_chunks: 5 }),
        job(48, { status: 'cancelled', result: null, duration_sec: null, completed_chunks: 0 }),
        job(72),
      ]);
      const { days, kinds, more_kinds, counted_from } = await trends();
      expect(days.map(({ kinds: _kinds, ...day }) => day)).toEqual([
        { day: '2026-06-01', completed: 2, failed: 1, cancelled: 0, failure_share: 1 / 3, chunks: 35 },
        { day: '2026-06-02', completed: 0, failed: 0, cancelled: 0, failure_share: null, chunks: 0 },
        { day: '2026-06-03', completed: 0, failed: 0, cancelled: 1, failure_share: null, chunks: 0 },
      ]);
      expect(days[0]!.kinds).toEqual([
        expect.objectContaining({ kind: days[0]!.kinds[0]!.kind, completed: 2, p50_duration_sec: 1, p95_duration_sec: 3 }),
      ]);
      expect(days[2]!.kinds[0]).toMatchObject({ cancelled: 1, p50_duration_sec: null, p95_duration_sec: null });
      expect(kinds[0]).toMatchObject({ completed: 2, failed: 1, cancelled: 1, chunks: 35, p95_duration_sec: 3 });
      expect({ more_kinds, counted_from }).toEqual({ more_kinds: false, counted_from: null });
    });

    it('one tenant never sees the jobs of another; operators see those of all', async () => {
      await apply([job(1, { tenant: 'them', kind: 'secret' })]);
      expect(await trends()).toMatchObject({ kinds: [], more_kinds: false });
      expect((await trends({ tenant: 'them' })).kinds).toMatchObject([{ kind: 'secret', completed: 1 }]);
      expect((await trends({ tenant: undefined })).kinds).toMatchObject([{ kind: 'secret', completed: 1 }]);
    });

    it('every filter of the list holds here, too, and nothing it holds is read as SQL', async () => {
      await apply([
        job(1, { kind: 'primes', tags: { team: 'web' }, duration_sec: 1 }),
        job(2, { kind: 'sum', duration_sec: 5 }),
        job(3, { kind: 'sum', ...failed, duration_sec: 5 }),
      ]);
      const count = async (given: Partial<QueryTrends>) => {
        const { completed, failed: dead, cancelled } = (await trends(given)).days[0]!;
        return completed + dead + cancelled;
      };
      expect(await count({})).toBe(3);
      expect(await count({ kind: 'sum' })).toBe(2);
      expect(await count({ status: 'failed' })).toBe(1);
      expect(await count({ tag: 'team=web' })).toBe(1);
      expect(await count({ error: 'DISK' })).toBe(1);
      expect(await count({ longer_than: 5 })).toBe(2);
      expect(await count({ shorter_than: 5 })).toBe(1);
      expect(await count({ from: '2026-06-01T02:00:00Z' })).toBe(2);
      expect(await count({ to: '2026-06-01T02:00:00Z' })).toBe(1);
      for (const hostile of ["' OR 1=1 --", '"; DROP TABLE jobs; --', '%'])
        for (const field of ['tenant', 'kind', 'status', 'tag']) expect(await count({ [field]: hostile }), field).toBe(0);
    });

    it('is the same whatever the pages it is read in', async () => {
      await apply(
        Array.from({ length: 12 }, (_, index) =>
          job(index * 6, { kind: `kind-${index % 3}`, duration_sec: index === 5 ? null : index, ...(index % 4 === 1 && failed) }),
        ),
      );
      const whole = await trends();
      expect(whole.days.map(({ completed, failed: dead }) => [completed, dead])).toEqual([
        [3, 1],
        [3, 1],
        [3, 1],
      ]);
      for (const pageRows of [1, 3, 4, 12, 13]) expect(await trends({}, { pageRows }), `${pageRows} rows`).toEqual(whole);
    });

    it('kinds beyond those counted apart are in the sums', async () => {
      const names = Array.from({ length: limits.trendKindsMax + 2 }, (_, index) => `kind-${String(index).padStart(2, '0')}`);
      await apply([...names, 'kind-11'].map((kind) => job(1, { kind })));
      const { days, kinds, more_kinds } = await trends();
      expect(kinds.map(({ kind }) => kind)).toEqual(['kind-11', ...names.slice(0, limits.trendKindsMax - 1)]);
      expect(days[0]).toMatchObject({ completed: names.length + 1, kinds });
      expect(more_kinds).toBe(true);
    });

    it('of more jobs than are looked at the newest count, and the answer states from when on', async () => {
      await apply([job(1), job(2), job(30), job(50), job(60)]);
      expect(await trends({}, { lookedAtMax: 5 })).toMatchObject({ counted_from: null });
      const cut = await trends({}, { lookedAtMax: 3, pageRows: 2 });
      expect(cut).toMatchObject({ counted_from: '2026-06-02T06:00:00.000Z', kinds: [{ completed: 3 }] });
      expect(cut.days.map(({ completed }) => completed)).toEqual([0, 1, 2]);
    });

    it('once time is over no further page is read, and the answer states from when on', async () => {
      await apply([job(1), job(2), job(30), job(50), job(60)]);
      const cut = await trends({}, { withinMs: 0, pageRows: 2 });
      expect(cut).toMatchObject({ counted_from: '2026-06-03T02:00:00.000Z', kinds: [{ completed: 2 }] });
      expect(await trends({}, { withinMs: 0, pageRows: 6 })).toMatchObject({ counted_from: null });
    });

    it('as many days as there may be are one answer', async () => {
      const to = new Date(Date.parse(from) + limits.trendDaysMax * 24 * hourMs).toISOString();
      await apply([job(5), job(24 * (limits.trendDaysMax - 1) + 23)]);
      const { days } = await trends({ to });
      expect(days.map(({ day }) => day)).toEqual(utcDays(Date.parse(from), Date.parse(to)));
      expect(days.at(-1)).toMatchObject({ day: utcDayOf(Date.parse(to) - 1), completed: 1 });
      expect(days.reduce((sum, { completed }) => sum + completed, 0)).toBe(2);
    });
  });
}
