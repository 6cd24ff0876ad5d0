/**
 * Squares a state rebuilt from snapshot and journal with the leases that really are in WORK, and with the results that are at hand.
 *
 * Replaying messages plans leases again, but nothing says they are the ones published then (other slots were live, other sizes chosen). So
 * every remembered lease is put back to waiting; those whose results come next, and those found in WORK, are taken on again. A lease found
 * nowhere was never published, or its result is on the way; planning its chunks anew costs a duplicate at worst. Without the results at
 * hand every takeover cost the whole window: the workers had answered by the time the new owner looked, and 5 % of all chunks ran twice.
 *
 * Always true: a lease is taken on only if its result cannot have been folded yet (all its chunks wait, none is at a later attempt, its id is
 * not spent); otherwise the job would wait for an answer that was already given. WORK is read before the journal, so what left WORK in
 * between has its result in the journal.
 */
import { computeLeaseId, type ComputeLease, type LeaseResult } from '@manyhands/proto';
import { claimed } from './claim.ts';
import { countOf, lengthOf, type Span } from './spans.ts';
import { withAllWaiting, type JobState } from './state.ts';

export function withRecalledLeases(job: JobState, answers: readonly Pick<LeaseResult, 'lease' | 'about'>[], recalled: readonly ComputeLease[]): JobState {
  // Whether the timer was really set nobody knows either; setting it again only moves it to where it is.
  let next = withAllWaiting(job);
  for (const { lease, about } of answers) {
    if (about.op === 'compute') next = withComputeLease(next, lease, [about.begin, about.end], about.attempt);
    else next = withMerge(next, lease, about.inputs, about.attempt);
  }
  for (const { lease, task } of recalled) {
    if (task.op === 'compute') next = withComputeLease(next, lease, [task.begin, task.end], task.attempt);
    else next = withMerge(next, lease, task.inputs.map((input) => input.id), task.attempt);
  }
  return next;
}

function withComputeLease(job: JobState, id: string, span: Span, attempt: number): JobState {
  if (job.spent.includes(id)) return job;
  // The second lease of a straggler, or the first after the second.
  const twice = job.leases.find((lease) => lease.span[0] === span[0] && lease.span[1] === span[1] && lease.attempt === attempt);
  if (twice !== undefined) return { ...job, leases: job.leases.map((lease) => (lease === twice ? { ...lease, copied: true } : lease)) };
  const claim = claimed({ ...job, leases: [] }, span, attempt);
  if (countOf(claim.parts) !== lengthOf(span)) return job;
  return { ...claim.job, leases: [...job.leases, { id: computeLeaseId(...span, attempt), span, attempt, sinceMs: job.atMs }] };
}

function withMerge(job: JobState, id: string, inputs: readonly string[], attempt: number): JobState {
  const isFree = (input: string): boolean =>
    job.partials.some((partial) => partial.id === input && partial.mergeAttempt <= attempt) && !job.merges.some((merge) => merge.inputs.includes(input));
  return inputs.every(isFree) ? { ...job, merges: [...job.merges, { id, inputs, attempt }] } : job;
}
