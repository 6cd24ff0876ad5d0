import { mergeLeaseId, type ComputeLease } from '@manyhands/proto';
import { aComputeLease, aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { withRecalledLeases } from './recover.ts';
import { heldPartial } from './held.ts';
import { assertWhole, submittedJob, withAllWaiting, type JobState } from './state.ts';

const submit = aSubmitJob({ chunks: 8 });
const job: JobState = {
  ...submittedJob(submit, 0),
  status: 'running',
  done: ChunkSet.of([[0, 2]]),
  leases: [{ id: '2-4-0', span: [2, 4], attempt: 0 }],
  waiting: [
    { attempt: 1, chunks: ChunkSet.of([[4, 5]]) },
    { attempt: 0, chunks: ChunkSet.of([[5, 8]]) },
  ],
};

function recalled(from: JobState, ...leases: ComputeLease[]): JobState {
  const next = withRecalledLeases(from, [], leases);
  assertWhole(next);
  return next;
}
const span = (begin: number, end: number, attempt = 0) => aComputeLease({ begin, end, attempt, total: 8 });

it('a lease that is nowhere to be found waits to be planned again', () => {
  expect(recalled(job).leases).toEqual([]);
});

it('a lease found in WORK is taken on, whoever planned it', () => {
  expect(recalled(job, span(2, 4), span(5, 7)).leases.map((lease) => lease.id)).toEqual(['2-4-0', '5-7-0']);
  expect(recalled(job, span(2, 3)).leases.map((lease) => lease.id)).toEqual(['2-3-0']);
});

it('a lease whose chunks are done, or at a later attempt, was answered already', () => {
  expect(recalled(job, span(1, 3), span(4, 5)).leases).toEqual([]);
  expect(recalled(job, span(4, 5, 1)).leases.map((lease) => lease.id)).toEqual(['4-5-1']);
});

it('of two leases on the same chunks one is taken on', () => {
  expect(recalled(job, span(2, 4), span(3, 4)).leases.map((lease) => lease.id)).toEqual(['2-4-0']);
});

it('a lease whose result is at hand is taken on before what is in WORK', () => {
  const answer = (begin: number, end: number, attempt = 0) => ({
    lease: `${begin}-${end}-${attempt}`,
    about: { op: 'compute' as const, begin, end, attempt },
  });
  const next = withRecalledLeases(job, [answer(5, 7), answer(1, 3), answer(4, 5)], [span(6, 8), span(2, 4)]);
  assertWhole(next);
  expect(next.leases.map((lease) => lease.id)).toEqual(['5-7-0', '2-4-0']);
});

it('a lease that failed as a whole is not waited for, and what it was split into is', () => {
  const split: JobState = {
    ...job,
    waiting: [
      { attempt: 1, chunks: ChunkSet.of([[4, 5]]) },
      { attempt: 0, leaseMax: 2, chunks: ChunkSet.of([[5, 8]]) },
    ],
  };
  expect(recalled(split, span(5, 8)).leases).toEqual([]);
  const [half] = recalled(split, span(5, 7)).leases;
  expect(half).toMatchObject({ id: '5-7-0', leaseMax: 2 });
  expect(withAllWaiting(recalled(split, span(5, 7))).waiting).toEqual(withAllWaiting(split).waiting);
});

it('a merge is taken on while its inputs are held and it has not failed', () => {
  const inputs = ['0-1-0', '1-2-0'];
  const held: JobState = { ...job, partials: [heldPartial('0-1-0', '1'), heldPartial('1-2-0', '2')] };
  const merge = (attempt: number) =>
    aComputeLease({
      lease: mergeLeaseId(inputs, attempt),
      task: { op: 'merge', inputs: inputs.map((id) => ({ id, partial: 1 })), attempt },
    });
  expect(recalled(held, merge(0)).merges).toEqual([{ id: mergeLeaseId(inputs, 0), inputs, attempt: 0 }]);
  expect(recalled(held, merge(0), merge(0)).merges).toHaveLength(1);
  expect(recalled(job, merge(0)).merges).toEqual([]);
  const failedOnce = { ...held, partials: held.partials.map((partial) => ({ ...partial, mergeAttempt: 1 })) };
  expect(recalled(failedOnce, merge(0)).merges).toEqual([]);
  // Seen in the simulation: its answer could not be read, and the job waited for another one, which the broker never stores.
  expect(recalled({ ...held, lostMerges: [mergeLeaseId(inputs, 0)] }, merge(0)).merges).toEqual([]);
});
