/**
 * Whether a job is over, how it ended, and the event that states it.
 *
 * Completed: every chunk is done (or dead, as far as the job allows that) and one partial is left, or what `finish` of the task code made of it; it is the result. Lines need not
 * become one: they are over when no more of them are to be joined. Failed: too many chunks died, nothing could be computed at all, or the
 * partials could not be merged.
 */
import { BRIEF_MS, isFinal, limits, type JobFinished, type JobView, type WireError } from '@manyhands/proto';
import { deathOfJob } from './dead-limit.ts';
import { bytesOf } from './held.ts';
import { isToBeJoined, isUnmergeable } from './merge-plan.ts';
import { moved, pendingCount, type JobState } from './state.ts';
import { isUnknown } from './unknown-job.ts';
import { viewOf } from './view.ts';

/** Runs of lines of one job: what it remembers of them is bounded. */
const LINE_RUNS_MAX = 100_000;

/** The job in its final status if it is over, else the job as it is. */
export function endedIfOver(job: JobState): JobState {
  if (isFinal(job.status)) return job;
  const error = failureOf(job);
  if (error !== null) return failedJob(job, error);
  if (pendingCount(job) > 0) return job;
  const answer = answerOf(job);
  return answer === undefined ? job : { ...moved(job, 'completed'), ...answer };
}

/** The answer of a job of which no chunk is left; undefined while its partials are still to be merged. */
export function answerOf(job: JobState): Pick<JobState, 'result' | 'stored'> | undefined {
  const { submit, partials, answer } = job;
  if (submit.output === 'lines') return isToBeJoined(job) ? undefined : { result: null };
  if (submit.chunks === 0) return { result: JSON.stringify(submit.empty ?? null) };
  const last = submit.finish ? answer : partials.length === 1 ? partials[0] : undefined;
  return last && (last.stored ? { result: null, stored: last.stored } : { result: last.partial! });
}

/** A failed job, or one that completed with gaps: what such a job keeps of itself is what a requeue goes on from. */
export function hasMoreToRun(job: JobState): boolean {
  return job.status !== 'cancelled' && (job.dead.size > 0 || job.status === 'failed') && !isUnknown(job.submit);
}

function failedJob(job: JobState, error: WireError): JobState {
  return { ...moved(job, 'failed'), error };
}

export function cancelledJob(job: JobState): JobState {
  return moved(job, 'cancelled');
}

/** Step finish: the event that history is written from. */
export function finishedEvent(job: JobState): JobFinished {
  return finishedAs(viewOf(job, 0), job.submit.trace);
}

/** The same, of the final view that users have seen. */
export function finishedAs(final: JobView, trace: JobFinished['trace']): JobFinished {
  const { chunks: _chunks, rate: _rate, eta_sec: _eta, timing, ...view } = final;
  return {
    v: 1,
    type: 'JobFinished',
    job: view,
    ...(timing && timing.ms >= BRIEF_MS && { timing }),
    ...(trace !== undefined && { trace }),
  };
}

function failureOf(job: JobState): WireError | null {
  if (job.error !== null) return job.error;
  const death = deathOfJob(job);
  if (death !== null) return death;
  if (isUnmergeable(job)) return TOO_LARGE;
  return job.submit.output === 'lines' ? excessOf(job) : null;
}

/** What is wrong with the lines of a job: too many bytes, or too many gaps. */
function excessOf({ partials }: JobState): WireError | null {
  if (partials.length > LINE_RUNS_MAX) return MANY_RUNS;
  return bytesOf(partials) > limits.linesBytesMax ? MANY_BYTES : null;
}

const tooLarge = (message: string): WireError => ({ code: 'too_large', message, retryable: false });

/** The sentence for partials that nothing can be made of. */
const TOO_LARGE = tooLarge(
  `The partial results are too large to merge: two of them must fit into one merge of ${limits.storedPartialBytesMax / 1024 ** 2} MiB (${limits.messageBytesMax} bytes where they are not stored). Change the kind so that it returns less.`,
);

const MANY_BYTES = tooLarge(
  `The lines of this job take more than ${limits.linesBytesMax / 1024 ** 3} GiB. Those that were computed can be read. Return less for each item, or split the items over several jobs.`,
);

const MANY_RUNS = tooLarge(
  `The lines of this job are in more than ${LINE_RUNS_MAX} pieces, because very many chunks between them failed. Those that were computed can be read. Correct what fails and requeue the job, or split the items over several jobs.`,
);
