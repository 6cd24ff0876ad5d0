/** What history keeps, whichever database it is. */
import { newJobId, newScheduleId, scheduledJobId, type JobTiming } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { createLogger } from '@manyhands/observe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryPruning } from '../history-pruning.ts';
import { RECORDS } from '../history.ts';
import { TestHistory, type TestDatabases } from './test-history.ts';

const finished = (given: Parameters<typeof aJobFinished>[0] = {}) => aJobFinished(given).job;

export function describeHistory(name: string, databases: TestDatabases): void {
  describe(`history in ${name}`, () => {
    const at = new TestHistory(databases);

    it('a finished job reads back as it was written', async () => {
      const job = finished({
        result: { big: '12345678901234567890' },
        params: { n: 5 },
        workers: { w1: 3, w2: 5 },
        duration_sec: 1.25,
        detail: null,
      });
      expect(await at.apply(job, 7)).toBe(true);
      expect(await at.reader.job('local', job.job_id)).toEqual(job);
      expect(await at.history.position('events')).toBe(7);
    });

    it('a failed job keeps its error and has no result', async () => {
      const job = finished({
        status: 'failed',
        result: null,
        error: { code: 'compute_failed', message: 'no', retryable: true },
        detail: 'Chunk 3 failed.',
      });
      await at.apply(job, 1);
      expect(await at.reader.job('local', job.job_id)).toEqual(job);
    });

    it('an event applied again is no new job, and changes nothing', async () => {
      const job = finished();
      expect(await at.apply(job, 7)).toBe(true);
      expect(await at.apply(job, 7)).toBe(false);
      expect((await at.reader.page({ tenant: 'local', limit: 10 })).jobs).toEqual([job]);
    });

    it('whatever the order and the repetitions, the newest event of each job wins', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ job: fc.nat(3), sequence: fc.integer({ min: 1, max: 50 }) }), { minLength: 1, maxLength: 30 }),
          async (events) => {
            const ids = Array.from({ length: 4 }, newJobId);
            for (const { job, sequence } of events)
              await at.apply(finished({ job_id: ids[job] ?? '', retries: sequence }), sequence);
            for (const [index, id] of ids.entries()) {
              const newest = Math.max(...events.filter(({ job }) => job === index).map(({ sequence }) => sequence));
              expect((await at.reader.job('local', id))?.retries).toBe(Number.isFinite(newest) ? newest : undefined);
            }
            expect(await at.history.position('events')).toBeGreaterThanOrEqual(
              Math.max(...events.map(({ sequence }) => sequence)),
            );
          },
        ),
        { numRuns: 20 },
      );
    });

    it('an event that cannot be written moves no position', async () => {
      await expect(at.apply({ ...finished(), kind: null as unknown as string }, 9)).rejects.toThrow(/not.null/i);
      expect(await at.history.position('events')).toBe(0);
      expect(await at.apply(finished(), 10)).toBe(true);
    });

    it('what was committed is there when it is opened again', async () => {
      const job = finished();
      await at.apply(job, 3);
      await at.history.close();
      await at.openAgain();
      expect(await at.reader.job('local', job.job_id)).toEqual(job);
      expect(await at.history.position('events')).toBe(3);
    });

    it('jobs submitted too long ago are forgotten, in batches, and no others', async () => {
      const atMs = Date.parse('2026-06-01T00:00:00Z');
      const idAt = (ms: number): string => scheduledJobId(newScheduleId(), 'once', ms);
      const old = Array.from({ length: 5 }, (_, index) => finished({ job_id: idAt(atMs - 1 - index) }));
      const young = [finished({ job_id: idAt(atMs) }), finished()];
      for (const job of [...old, ...young]) await at.apply(job, 1);
      expect([await at.history.forget(atMs, 3), await at.history.forget(atMs, 3), await at.history.forget(atMs, 3)]).toEqual([
        3, 2, 0,
      ]);
      for (const job of old) expect(await at.reader.job('local', job.job_id)).toBeUndefined();
      for (const job of young) expect(await at.reader.job('local', job.job_id)).toBeDefined();
    });

    it('pruning removes what is older than it keeps, and survives a closed history', async () => {
      const pruning = new HistoryPruning(at.history, 90, createLogger('test', { level: 'silent' }));
      await at.apply(finished({ job_id: scheduledJobId(newScheduleId(), 'once', Date.now() - 91 * 24 * 3_600_000) }), 1);
      await at.apply(finished(), 2);
      expect(await pruning.prune(Date.now())).toBe(1);
      await at.history.close();
      expect(await pruning.prune(Date.now())).toBe(0);
    });

    it('a job keeps every field, also those that few have, and each of its rounds', async () => {
      const first = finished({
        status: 'failed',
        result: null,
        error: { code: 'chunk_timeout', message: 'slow', retryable: true },
      });
      const more = { tags: { team: 'web', empty: '' }, on_dead_chunk: 'continue' as const, max_attempts: 5, round: 1 };
      const again = finished({ ...more, job_id: first.job_id });
      await at.apply(first, 1);
      await at.apply(again, 2);
      await at.apply(first, 1);
      expect(await at.reader.job('local', first.job_id)).toEqual(again);
      const rounds = await at.database.rows('SELECT round, status, error FROM rounds WHERE job_id = ? ORDER BY round', [
        first.job_id,
      ]);
      expect(rounds).toEqual([
        { round: 0, status: 'failed', error: JSON.stringify(first.error) },
        { round: 1, status: 'completed', error: 'null' },
      ]);
    });

    it('where the time of a job went is kept beside it, as its newest round states it, and is in no list', async () => {
      const { job } = aJobFinished();
      const timing = (ms: number): JobTiming => ({
        ...{ ms, parts: { computing: ms }, at: job.created_at, doing: 'leasing' as const, slots: 1, leases: 1 },
        ...{ busy: { computing: ms, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 1, rows: [] },
      });
      await at.history.apply([{ job, sequence: 2, timing: timing(500) }]);
      await at.history.apply([{ job, sequence: 1, timing: timing(400) }]);
      const kept = await at.reader.kept({ tenant: 'local', job_id: job.job_id });
      expect(kept).toMatchObject({ job, timing: timing(500) });
      expect(await at.reader.page({ tenant: 'local', limit: 5 })).toEqual({
        v: 1,
        type: 'HistoryPage',
        jobs: [job],
        next_cursor: null,
      });
      expect((await at.reader.page({ tenant: 'local', limit: 5, busy: true })).busy).toEqual([
        { job_id: job.job_id, busy_ms: 500, slots: 1 },
      ]);
      await at.history.apply([{ job, sequence: 3 }]);
      expect((await at.reader.page({ tenant: 'local', limit: 5, busy: true })).busy).toEqual([]);
      expect(await at.reader.kept({ tenant: 'local', job_id: job.job_id })).not.toHaveProperty('timing');
    });

    it('texts are kept as they are, but for the character that PostgreSQL has no place for', async () => {
      const job = finished({ detail: "it's \u0000 a \u{1F600} 'test'\n\t", params: { text: '\u0000\ud800' } });
      await at.apply(job, 1);
      expect(await at.reader.job('local', job.job_id)).toEqual({ ...job, detail: job.detail!.replace('\u0000', '\uFFFD') });
    });

    it('what is kept beside a job is written once, goes with it, and is bounded', async () => {
      const job = finished({ tags: { team: 'web' } });
      await at.apply(job, 1);
      const record = (sequence: number) => ({ jobId: job.job_id, tenant: 'local', sequence, text: `line ${sequence}` });
      await at.history.keep('failures', [record(3), record(5)], 6);
      await at.history.keep('failures', [record(5)], 5);
      expect(await at.history.position('dead')).toBe(6);
      const kept = async (table: string) =>
        (await at.database.rows(`SELECT sequence FROM ${table} ORDER BY sequence`)).map(({ sequence }) => Number(sequence));
      expect(await kept('failures')).toEqual([3, 5]);
      const { perJobMax } = RECORDS.failures;
      await at.history.keep(
        'failures',
        Array.from({ length: perJobMax }, (_, index) => record(10 + index)),
        10 + perJobMax,
      );
      expect(await kept('failures')).toEqual(Array.from({ length: perJobMax }, (_, index) => 10 + index));
      while ((await at.history.forget(Date.now() + 60_000, 400)) > 0);
      for (const table of ['jobs', 'job_tags', 'rounds', 'failures', 'logs'])
        expect(await at.database.rows(`SELECT job_id FROM ${table}`), table).toEqual([]);
    });
  });
}
