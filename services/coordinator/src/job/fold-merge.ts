/** Folds the result of a merge: its inputs are replaced by the one partial they became, or wait for their next merge. See `fold.ts` for the rule. */
import type { LeaseResult, LeaseSubject } from '@manyhands/proto';
import { retryAtMs, runsAgain } from './retry.ts';
import { heldPartial, type JobState } from './state.ts';

type MergeSubject = Extract<LeaseSubject, { op: 'merge' }>;

export function foldMerge(job: JobState, result: LeaseResult, about: MergeSubject): JobState {
  const inputs = new Set(about.inputs);
  const isInput = (id: string): boolean => inputs.has(id);
  const held = job.partials.filter((partial) => isInput(partial.id));
  if (held.length !== inputs.size) return { ...job, duplicateResults: job.duplicateResults + 1 };
  const merges = job.merges.filter((merge) => !merge.inputs.some(isInput));
  if (result.type === 'LeaseFailed' || result.partial === undefined) {
    if (held.some((partial) => partial.mergeAttempt > about.attempt)) return job;
    const error = result.type === 'LeaseFailed' ? result.error : { code: 'compute_failed', message: 'the merge gave no partial', retryable: true };
    if (!runsAgain(job.submit, error, about.attempt)) {
      return { ...job, error: { ...error, message: `The partial results could not be merged: ${error.message}`.slice(0, 2000), retryable: false } };
    }
    const again = { mergeAttempt: about.attempt + 1, notBeforeMs: retryAtMs(job.submit.job_id, about.inputs[0]!, about.attempt, job.atMs) };
    const partials = job.partials.map((partial) => (isInput(partial.id) ? { ...partial, ...again } : partial));
    return { ...job, merges, partials, retries: job.retries + 1 };
  }
  const others = job.partials.filter((partial) => !isInput(partial.id));
  return { ...job, merges, partials: [...others, heldPartial(result.lease, result.partial.text)] };
}
