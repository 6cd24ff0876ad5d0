import { limits } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { endedIfOver } from './finish.ts';
import { HELD_MAX } from './merge-groups.ts';
import { planMerges } from './merge-plan.ts';
import { planLeases } from '../scheduling/plan.ts';
import { heldPartial } from './held.ts';
import { submittedJob, type JobState } from './state.ts';

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
  expect(job.error?.message).toContain('Change the kind so that it returns less');
});

it('partials that are all larger than half a message fail the job as soon as there are two, not after all its chunks', () => {
  expect(endedIfOver(holding([500_000], 9_998))).toMatchObject({ status: 'running' });
  expect(endedIfOver(holding([500_000, 500_000], 9_998))).toMatchObject({ status: 'failed', error: { code: 'too_large' } });
});

it('some large ones among small ones may still go together, many may not', () => {
  expect(endedIfOver(holding([500_000, 500_000, 10], 100))).toMatchObject({ status: 'running' });
  expect(endedIfOver(holding([10, ...new Array<number>(7).fill(500_000)], 100))).toMatchObject({ status: 'running' });
  expect(endedIfOver(holding([10, ...new Array<number>(8).fill(500_000)], 100))).toMatchObject({
    status: 'failed',
    error: { code: 'too_large' },
  });
  expect(endedIfOver(holding([400_000, 400_000], 100))).toMatchObject({ status: 'running' });
});

it('a job that holds too many partials, or too large ones, computes no more until some are merged', () => {
  const computes = (job: JobState) => planLeases(job, 4).issued.filter(({ task }) => task.op === 'compute').length;
  const merges = (job: JobState) => planLeases(job, 4).issued.filter(({ task }) => task.op === 'merge').length;
  const few = new Array<number>(HELD_MAX).fill(10);
  expect(computes(holding(few, 100))).toBeGreaterThan(0);
  expect(computes(holding([...few, 10], 100))).toBe(0);
  expect(merges(holding([...few, 10], 100))).toBe(8);
  const large = new Array<number>(90).fill(400_000);
  expect(computes(holding(large, 100))).toBe(0);
  expect(merges(holding(large, 100))).toBeGreaterThan(0);
});

it('no turn hands out more than 8 MB of partials, and what is left leaves with the next', () => {
  const first = planMerges(holding(new Array<number>(60).fill(400_000)));
  expect(first.issued).toHaveLength(10);
  expect(planMerges(first.job).issued).toHaveLength(10);
});

it('a merge whose one answer came before anybody knew it has another id', () => {
  const job = holding([10, 10]);
  const lost = planMerges(job).job.merges[0]!.id;
  const [merge] = planMerges({ ...job, lostMerges: [lost] }).job.merges;
  expect(merge).toMatchObject({ attempt: 1 });
  expect(merge!.id).not.toBe(lost);
});
