import { limits } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { planOf } from './requeue-plan.ts';

const view = aJobView({
  status: 'failed',
  total_chunks: 1_000_000,
  failed_chunks: 4,
  chunks: { done: [], leased: [], failed: [[0, 4]], coarse: false },
});

it.each([
  ['all its dead chunks', {}, [[0, 4]], 'alone', null],
  ['some, where the others may stay dead', { on_dead_chunk: 'continue' as const }, [[0, 1]], 'alone', null],
  ['some, where the job fails by the others', {}, [[0, 1]], 'with others', 'by the 3 other dead chunks'],
  ['chunks that are dead no more', {}, [[7, 9]], 'no', 'None of these chunks is dead'],
  ['a job that was cancelled', { status: 'cancelled' as const }, [[0, 4]], 'no', 'was cancelled'],
  ['a job that has no dead chunk', { status: 'completed' as const, failed_chunks: 0 }, [[0, 4]], 'no', 'No chunk of the job'],
  ['as many chunks as there may be', { chunks: { ...view.chunks, coarse: true } }, [[0, limits.requeueChunksMax]], 'alone', null],
  ['one chunk more', {}, [[0, limits.requeueChunksMax + 1]], 'with others', 'at most 10000'],
] as const)('%s', (_, given, chosen, requeue, detail) => {
  const plan = planOf({ ...view, ...given } as typeof view, chosen as unknown as [number, number][]);
  expect(plan.requeue).toBe(requeue);
  if (detail === null) expect(plan.detail).toBeNull();
  else expect(plan.detail).toContain(detail);
});

it('more spans than there may be, and a job that is gone', () => {
  const apart = Array.from({ length: limits.requeueSpansMax + 1 }, (_, at): [number, number] => [2 * at, 2 * at + 1]);
  expect(planOf(view, apart.slice(1)).requeue).toBe('with others');
  expect(planOf(view, apart)).toMatchObject({ requeue: 'with others', detail: expect.stringContaining('1001 spans') });
  expect(planOf(undefined, [[0, 1]])).toMatchObject({ requeue: 'no', detail: expect.stringContaining('is gone') });
});
