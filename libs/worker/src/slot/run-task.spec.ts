import { expect, it } from 'vitest';
import { defineTask, type Task } from '../task.ts';
import { RunAborts } from './run-aborts.ts';
import { runTask } from './run-task.ts';
import { SlotCells } from './slot-cells.ts';
import type { SlotTask } from './slot-messages.ts';

function run(task: SlotTask, compute: () => unknown = () => 'ab', merge: (left: unknown, right: unknown) => unknown = (left, right) => `${left}${right}`) {
  const kind = defineTask<unknown, number, unknown>({ name: 'demo', title: '', description: '', params: {}, example: {}, defaultChunks: 1, split: () => 0, compute, merge });
  const cells = new SlotCells();
  return runTask(kind as Task, { run: 1, params: {}, task, cells, aborts: new RunAborts(cells), softLimitSec: 1, partialBytesMax: 10 });
}

const two: SlotTask = { op: 'compute', begin: 0, end: 2, total: 2 };

it('a partial leaves as JSON text, with the time it took', () => {
  expect(run(two)).toEqual({ is: 'computed', partial: '"abab"', failed: [], computeMs: expect.any(Number) as number });
});

it('a span whose chunks all fail has no partial', () => {
  expect(run(two, () => { throw new Error('no'); })).toEqual({ is: 'computed', failed: [expect.anything(), expect.anything()], computeMs: expect.any(Number) as number });
});

it('a promised partial leaves the same way', async () => {
  expect(await run(two, async () => 'ab')).toMatchObject({ is: 'computed', partial: '"abab"' });
});

it('partials are merged in order', () => {
  expect(run({ op: 'merge', partials: ['a', 'b', 'c'] })).toMatchObject({ partial: '"abc"' });
});

it('a merge that throws fails as a whole', () => {
  expect(run({ op: 'merge', partials: [1, 2] }, undefined, () => { throw new Error('clash'); })).toEqual({ is: 'failed', error: { code: 'compute_failed', message: 'clash', retryable: true } });
});

it('a partial over the limit is counted in bytes, not letters, and refused', () => {
  expect(run(two, () => 'ää')).toEqual({ is: 'computed', partial: '"ääää"', failed: [], computeMs: expect.any(Number) as number });
  expect(run({ ...two, end: 1 }, () => 'ääääää')).toMatchObject({ is: 'failed', error: { code: 'too_large', message: expect.stringContaining('14 bytes') as string, retryable: false } });
});

it('what is not JSON is refused', () => {
  expect(run({ ...two, end: 1 }, () => 1n)).toMatchObject({ is: 'failed', error: { code: 'compute_refused' } });
  expect(run({ ...two, end: 1 }, () => () => 1)).toMatchObject({ is: 'failed', error: { code: 'compute_refused' } });
});

it('a span of several chunks that fails as a whole may be tried again in halves, a single chunk or a merge not', () => {
  expect(run(two, () => 'too long')).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: true } });
  expect(run({ ...two, end: 1 }, () => 'much too long')).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: false } });
  expect(run({ op: 'merge', partials: ['too', ' long', ' long'] })).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: false } });
});
