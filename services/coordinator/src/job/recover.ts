/**
 * Squares a state rebuilt from snapshot and journal with the leases that really are in WORK, and with the results that are at hand.
 *
 * Replaying messages plans leases again, but nothing states they are the ones published then (other slots were live, other sizes chosen). So
 * every remembered lease is put back to waiting; those whose results come next, and those found in WORK, are taken on again. A lease found
 * nowhere was never published, or its result is on the way; planning its chunks again costs a duplicate at worst. Without the results at
 * hand every takeover cost the whole window: the workers had answered by the time the new owner looked, and 5 % of all chunks ran twice.
 *
 * Invariant: a lease is taken on only if its result cannot have been folded yet (all its chunks wait, none is at a later attempt, no lease
 * of as many of them was lost, no merge of its id was answered); otherwise the job would wait for an answer that was already given. WORK is read before the journal, so what left WORK in
 * between has its result in the journal.
 */
import { computeLeaseId, type ComputeLease, type LeaseResult } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { lengthOf, type Span } from './spans.ts';
import { withAllWaiting, type JobState, type OutstandingLease, type OutstandingMerge } from './state.ts';
import { countWaiting, takenFrom } from './waiting.ts';

export function withRecalledLeases(
  job: JobState,
  answers: readonly Pick<LeaseResult, 'lease' | 'about'>[],
  recalled: readonly ComputeLease[],
): JobState {
  // Whether the timer was really set is not known either; setting it again only moves it to where it is.
  const found = new FoundLeases(withAllWaiting(job));
  for (const { lease, about } of answers) {
    if (about.op === 'compute') found.take([about.begin, about.end], about.attempt);
    else found.takeMerge(lease, about.inputs, about.attempt);
  }
  for (const { lease, task } of recalled) {
    if (task.op === 'compute') found.take([task.begin, task.end], task.attempt);
    else
      found.takeMerge(
        lease,
        task.inputs.map(({ id }) => id),
        task.attempt,
      );
  }
  return found.job;
}

/** Takes on one lease after the other. */
class FoundLeases {
  readonly #job: JobState;
  readonly #leases = new Map<string, OutstandingLease>();
  readonly #merges: OutstandingMerge[] = [];
  readonly #mergeAttempts: Map<string, number>;
  #waiting;

  constructor(job: JobState) {
    this.#job = job;
    this.#waiting = job.waiting;
    this.#mergeAttempts = new Map(job.partials.map(({ id, mergeAttempt }) => [id, mergeAttempt]));
  }

  get job(): JobState {
    return { ...this.#job, waiting: this.#waiting, leases: [...this.#leases.values()], merges: this.#merges };
  }

  take(span: Span, attempt: number): void {
    const id = computeLeaseId(...span, attempt);
    const twice = this.#leases.get(id);
    // The second lease of a straggler, or the first after the second.
    if (twice !== undefined) return void this.#leases.set(id, { ...twice, copied: true });
    const length = lengthOf(span);
    const { waiting, taken } = takenFrom(this.#waiting, ChunkSet.ofSpan(span), attempt);
    const leaseMax = taken.reduce((least, group) => Math.min(least, group.leaseMax ?? Infinity), Infinity);
    if (countWaiting(taken) !== length || leaseMax < length) return;
    this.#waiting = waiting;
    const suspect = taken.some((group) => group.suspect);
    this.#leases.set(id, {
      id,
      span,
      attempt,
      ...(leaseMax < Infinity && { leaseMax }),
      ...(suspect && { suspect }),
      sinceMs: this.#job.atMs,
    });
  }

  takeMerge(id: string, inputs: readonly string[], attempt: number): void {
    const isFree = (input: string): boolean => (this.#mergeAttempts.get(input) ?? Infinity) <= attempt;
    if (inputs.length === 0 || this.#job.lostMerges.includes(id) || !inputs.every(isFree)) return;
    for (const input of inputs) this.#mergeAttempts.delete(input);
    this.#merges.push({ id, inputs, attempt });
  }
}
