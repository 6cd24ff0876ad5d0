import { limits } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { endedIfOver } from './finish.ts';
import { planMerges } from './merge-plan.ts';
import { heldPartial, submittedJob, type JobState } from './state.ts';

/** A job whose partials have these sizes in bytes; all its chunks are done unless some are left. */
function holding(sizes: readonly number[], left = 0): JobState {
  const chunks = sizes.length + left;
  const job = submittedJob(aSubmitJob({ chunks }), 0);
  const partials = sizes.map((size, index) => heldPartial(`${index}-${index + 1}-0`, `"${'x'.repeat(size - 2)}"`));
  const waiting = left > 0 ? [{ attempt: 0, chunks: ChunkSet.of([[sizes.length, chunks]]) }] : [];
  return { ...job, status: 'running', done: ChunkSet.of([[0, sizes.length]]), waiting, partials };
}

const groupSizes = (job: JobState) => planMerges(job).job.merges.map((merge) => merge.inputs.length);

it('nothing is merged early while few partials are held', () => {
  expect(groupSizes(holding([10, 10, 10], 1))).toEqual([]);
});

it('a full count of partials is merged while chunks are still computed', () => {
  expect(groupSizes(holding(new Array(limits.mergeInputCountMax + 5).fill(10), 1))).toEqual([limits.mergeInputCountMax]);
});

it('partials that fill a message are merged while chunks are still computed', () => {
  expect(groupSizes(holding(new Array(5).fill(limits.mergeInputBytesMax / 4), 1))).toEqual([4]);
});

it('when all chunks are done everything is merged, in groups that fit', () => {
  expect(groupSizes(holding(new Array(600).fill(10)))).toEqual([256, 256, 88]);
  expect(groupSizes(holding([10, 10]))).toEqual([2]);
  expect(groupSizes(holding([10]))).toEqual([]);
});

it('a partial is in one outstanding merge only', () => {
  const { job } = planMerges(holding([10, 10, 10]));
  expect(planMerges(job)).toEqual({ job, issued: [] });
});

it('two large partials travel together even over the group limit', () => {
  expect(groupSizes(holding([400_000, 400_000]))).toEqual([2]);
});

it('partials of which no two fit one message fail the job with what to do', () => {
  const job = endedIfOver(holding([500_000, 500_000]));
  expect(job).toMatchObject({ status: 'failed', error: { code: 'too_large' } });
  expect(job.error?.message).toContain('Let the kind return less');
});
