/**
 * Folds the result of a merge: its inputs are replaced by the one partial they became, or wait for their next merge. The last merge leaves them: what came out is the
 * answer. See `fold.ts` for the rule.
 */
import type { LeaseResult, LeaseSubject, WireError } from '@manyhands/proto';
import { mergedOf, withHeld, type HeldPartial } from './held.ts';
import { areNeighbours } from './merge-groups.ts';
import { isLastMerge } from './merge-plan.ts';
import { retryAtMs, runsAgain } from './retry.ts';
import { pendingCount, type JobState } from './state.ts';

type MergeSubject = Extract<LeaseSubject, { op: 'merge' }>;

/** Merges remembered that were not known. */
const LOST_MERGES_MAX = 100;

export function foldMerge(job: JobState, result: LeaseResult, said: MergeSubject): JobState {
  const answered = job.merges.find(({ id }) => id === result.lease);
  // A result that could not be read does not show what it was about.
  const about = said.inputs.length > 0 ? said : answered;
  if (about === undefined) return notCounted(job, result.lease);
  const inputs = new Set(about.inputs);
  const isInput = ({ id }: { id: string }): boolean => inputs.has(id);
  const held = job.partials.filter(isInput);
  // Whatever it states, this one is answered: nothing waits for it any more.
  const others = answered === undefined ? job.merges : job.merges.filter((merge) => merge !== answered);
  if (held.length !== inputs.size) return { ...job, merges: others, duplicateResults: job.duplicateResults + 1 };
  const made = result.type === 'LeaseFailed' ? undefined : mergedOf(result, held, job.submit.output);
  if (made === undefined) {
    const error: WireError =
      result.type === 'LeaseFailed'
        ? result.error
        : {
            code: 'compute_failed',
            message: job.submit.output === 'lines' ? 'the merge returned other lines' : 'the merge returned no partial',
            retryable: true,
          };
    // Its inputs are at a later attempt already: they failed elsewhere, or the job was requeued.
    if (held.some(({ mergeAttempt }) => mergeAttempt > about.attempt)) return { ...job, merges: others };
    return failedMerge({ ...job, merges: others }, inputs, about.attempt, error);
  }
  const isLast = isLastMerge({ id: result.lease, inputs: about.inputs, attempt: about.attempt });
  // Since it was handed out chunks came back that it leaves out.
  if (isLast ? !isAll(job, held) : !areNeighbours(job, held, about.inputs))
    return notCounted({ ...job, merges: others }, result.lease);
  const merges = others.filter((merge) => !merge.inputs.some((id) => inputs.has(id)));
  if (isLast) return { ...job, merges, answer: made };
  return {
    ...job,
    merges,
    partials: withHeld(
      job.partials.filter((partial) => !isInput(partial)),
      [made],
    ),
  };
}

/** Its one answer has come, so its id is never issued again. */
function notCounted(job: JobState, lease: string): JobState {
  return { ...job, lostMerges: [...job.lostMerges, lease].slice(-LOST_MERGES_MAX), duplicateResults: job.duplicateResults + 1 };
}

function isAll(job: JobState, held: readonly HeldPartial[]): boolean {
  return pendingCount(job) === 0 && held.length === job.partials.length;
}

function failedMerge(job: JobState, inputs: ReadonlySet<string>, attempt: number, error: WireError): JobState {
  if (!runsAgain(job.submit, error, attempt)) {
    return {
      ...job,
      error: {
        code: error.code.slice(0, 64),
        message: `The partial results could not be merged: ${error.message}`.slice(0, 2000),
        retryable: false,
      },
    };
  }
  const [first] = inputs;
  const again = { mergeAttempt: attempt + 1, notBeforeMs: retryAtMs(job.submit.job_id, first!, attempt, job.atMs) };
  return {
    ...job,
    partials: job.partials.map((partial) => (inputs.has(partial.id) ? { ...partial, ...again } : partial)),
    retries: job.retries + 1,
  };
}
