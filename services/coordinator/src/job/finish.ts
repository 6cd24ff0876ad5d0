/**
 * Whether a job is over, how it ended, and the event that states it.
 *
 * Completed: every chunk is done (or, under the policy `continue`, done or dead) and one partial is left; it is the result. Failed: a
 * chunk died under the policy `fail`, nothing could be computed at all, or the partials could not be merged.
 */
import { isFinal, limits, type JobFinished, type WireError } from '@manyhands/proto';
import { isUnmergeable } from './merge-plan.ts';
import { moved, pendingCount, type JobState } from './state.ts';
import { viewOf } from './view.ts';

/** The job in its final status if it is over, else the job as it is. */
export function endedIfOver(job: JobState): JobState {
  if (isFinal(job.status)) return job;
  const error = failureOf(job);
  if (error !== null) return failedJob(job, error);
  const [partial, ...others] = job.partials;
  if (pendingCount(job) > 0 || partial === undefined || others.length > 0) return job;
  return { ...moved(job, 'completed'), result: partial.partial };
}

function failedJob(job: JobState, error: WireError): JobState {
  return { ...moved(job, 'failed'), error };
}

export function cancelledJob(job: JobState): JobState {
  return moved(job, 'cancelled');
}

/** Step finish: the event that history is written from. */
export function finishedEvent(job: JobState): JobFinished {
  const { chunks: _chunks, rate: _rate, eta_sec: _eta, ...view } = viewOf(job, 0);
  return { v: 1, type: 'JobFinished', job: view };
}

function failureOf(job: JobState): WireError | null {
  if (job.error !== null) return job.error;
  if (
    job.firstDeath !== null &&
    (job.submit.on_dead_chunk === 'fail' || (pendingCount(job) === 0 && job.partials.length === 0))
  ) {
    return job.firstDeath;
  }
  return isUnmergeable(job) ? TOO_LARGE : null;
}

/** The sentence for partials that nothing can be made of. */
const TOO_LARGE: WireError = {
  code: 'too_large',
  message: `The partial results are too large to merge: two of them must fit into one message of ${limits.messageBytesMax} bytes. Change the kind so that it returns less.`,
  retryable: false,
};
