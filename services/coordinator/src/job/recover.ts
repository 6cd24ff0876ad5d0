/**
 * Squares a state rebuilt from snapshot and journal with the leases that really are in WORK.
 *
 * Replaying messages plans leases again, but nothing says they are the ones published then (other slots were live, other sizes chosen). So
 * every remembered lease is put back to waiting, and those found in WORK are taken on again. A lease found nowhere was never published,
 * or its result is on the way; planning its chunks anew costs a duplicate at worst.
 *
 * Always true: a lease is taken on only if its result cannot have been folded yet (all its chunks wait, none is at a later attempt, its id is
 * not spent); otherwise the job would wait for an answer that was already given. WORK is read before the journal, so what left WORK in
 * between has its result in the journal.
 */
import type { ComputeLease } from '@manyhands/proto';
import { claimed } from './claim.ts';
import { countOf, lengthOf, type Span } from './spans.ts';
import { withAllWaiting, type JobState } from './state.ts';

export function withRecalledLeases(job: JobState, recalled: readonly ComputeLease[]): JobState {
  // Whether the timer was really set nobody knows either; setting it again only moves it to where it is.
  let next = withAllWaiting(job);
  for (const lease of recalled) {
    if (lease.task.op === 'compute') next = withComputeLease(next, lease.lease, [lease.task.begin, lease.task.end], lease.task.attempt);
    else next = withMerge(next, lease.lease, lease.task.inputs.map((input) => input.id), lease.task.attempt);
  }
  return next;
}

function withComputeLease(job: JobState, id: string, span: Span, attempt: number): JobState {
  if (job.spent.includes(id)) return job;
  const claim = claimed({ ...job, leases: [] }, span, attempt);
  if (countOf(claim.parts) !== lengthOf(span)) return job;
  return { ...claim.job, leases: [...job.leases, { id, span, attempt }] };
}

function withMerge(job: JobState, id: string, inputs: readonly string[], attempt: number): JobState {
  const isFree = (input: string): boolean =>
    job.partials.some((partial) => partial.id === input && partial.mergeAttempt <= attempt) && !job.merges.some((merge) => merge.inputs.includes(input));
  return inputs.every(isFree) ? { ...job, merges: [...job.merges, { id, inputs, attempt }] } : job;
}
