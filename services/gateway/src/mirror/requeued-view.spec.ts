import { isFinal, JobView } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mayRunAgain, requeuedView } from './requeued-view.ts';

it('a requeued job is a job that goes on: in the new round, with nothing dead, and nothing it ended with', () => {
  const ended = fc.record({
    status: fc.constantFrom('failed' as const, 'completed' as const),
    done: fc.nat(8),
    failed: fc.nat(8),
    round: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(ended, ({ status, done, failed, round }) => {
      const view = aJobView({
        status,
        total_chunks: 16,
        completed_chunks: done,
        failed_chunks: failed,
        progress: (done + failed) / 16,
        finished_at: '2026-01-01T00:00:00.000Z',
        result: 1,
      });
      const again = requeuedView(view, round);
      expect(JobView.safeParse(again).success).toBe(true);
      expect(isFinal(again.status)).toBe(false);
      expect(again).toMatchObject({
        job_id: view.job_id,
        round,
        failed_chunks: 0,
        completed_chunks: done,
        progress: done / 16,
        result: null,
        error: null,
        finished_at: null,
      });
    }),
  );
});

it('of some chunks leaves the others dead', () => {
  const chunks = { done: [[0, 10] as [number, number]], leased: [], failed: [[10, 16] as [number, number]], coarse: false };
  const view = aJobView({ status: 'completed', total_chunks: 16, completed_chunks: 10, failed_chunks: 6, progress: 1, chunks });
  expect(requeuedView(view, 1, [[12, 14]])).toMatchObject({
    failed_chunks: 4,
    progress: 14 / 16,
    chunks: {
      failed: [
        [10, 12],
        [14, 16],
      ],
    },
  });
});

it('only what failed or has gaps may run again', () => {
  const may = (status: JobView['status'], failed_chunks = 0): boolean => mayRunAgain({ kind: 'sum', status, failed_chunks });
  expect([
    may('failed'),
    may('completed', 1),
    may('completed'),
    may('cancelled', 1),
    may('running', 1),
    may('paused', 1),
  ]).toEqual([true, true, false, false, false, false]);
});
