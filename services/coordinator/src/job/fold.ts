/**
 * Folds one result into the job: the place where each chunk is counted exactly once.
 *
 * The rule: a result counts only if its span is disjoint from everything already done or dead; a merge only if all its inputs are
 * still held. Anything else was computed twice (a redelivery, a lease of a former owner) and is ignored. Whether this owner remembers
 * handing out the lease does not matter: a result states what it is about.
 *
 * Invariant: chunks leave `waiting` and `leases` the moment they are counted, so an outstanding lease never covers a chunk that is
 * done; the rest of a lease cut into that way goes back to waiting. A failure at an attempt older than the chunk's present one is ignored. Each result
 * is gone through once, so what it costs follows from what it states, not from what the job went through before.
 */
import type { LeaseComputed, LeaseFailed, LeaseResult, WireError } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { chunksOf, claimed } from './claim.ts';
import { withFailedRuns, withoutFailures, type FailedPart } from './deaths.ts';
import { foldMerge } from './fold-merge.ts';
import { withHeld, type HeldPartial } from './held.ts';
import { nextPace, paceAfterLoss } from '../scheduling/lease-size.ts';
import { failsJob, isSuspicious, retryAtMs, runsAgain } from './retry.ts';
import { ledgerOf } from './result-ledger.ts';
import { lengthOf, type Span } from './spans.ts';
import type { JobState } from './state.ts';
import { countWaiting, withWaiting, type Waiting } from './waiting.ts';

/** Workers counted one by one; the chunks of any others are counted under this name. */
const WORKERS_MAX = 500;
const OTHER_WORKERS = 'others';

export function foldResult(job: JobState, result: LeaseResult): JobState {
  const about = result.about;
  if (about.op === 'merge') return foldMerge(job, result, about);
  const span: Span = [about.begin, about.end];
  if (!isOpen(job, span)) return { ...job, duplicateResults: job.duplicateResults + 1 };
  if (result.type === 'LeaseFailed') return foldLostLease(job, result, span, about.attempt);
  return foldComputed(job, result, span, about.attempt);
}

function isOpen(job: JobState, span: Span): boolean {
  return span[0] < span[1] && span[1] <= job.submit.chunks && !job.done.touches(span) && !job.dead.touches(span);
}

function foldComputed(job: JobState, result: LeaseComputed, span: Span, attempt: number): JobState {
  const { done, held, failed, left, ran } = ledgerOf(result, span, job.submit.output);
  if (done.size === 0 && failed.length === 0) return splitUp(job, span, attempt, UNTOUCHED, result.worker);
  const counted = done.size > 0 ? countedDone(job, done, held, result.worker) : job;
  const next = countedFailed(counted, span, failed, attempt, result.worker);
  return withChunksBack(
    next === job ? job : { ...next, pace: nextPace(job.pace, ran, result.compute_ms, job.submit.concurrency) },
    left,
    attempt,
  );
}

const UNTOUCHED: WireError = {
  code: 'compute_failed',
  message: 'the worker returned the chunk without a result or an error',
  retryable: true,
};

function countedDone(job: JobState, chunks: ChunkSet, held: readonly HeldPartial[], worker: string): JobState {
  const { job: next } = claimed(job, chunks);
  const name = worker in next.workers || Object.keys(next.workers).length < WORKERS_MAX ? worker : OTHER_WORKERS;
  return {
    ...withoutFailures(next, chunks),
    done: next.done.union(chunks),
    partials: withHeld(next.partials, held),
    workers: { ...next.workers, [name]: (next.workers[name] ?? 0) + chunks.size },
  };
}

/** Chunks the worker had to leave: they wait again, at the same attempt. */
function withChunksBack(job: JobState, left: ChunkSet, attempt: number): JobState {
  if (left.size === 0) return job;
  const { job: next, taken } = claimed(job, left, attempt);
  return {
    ...next,
    waiting: taken.reduce<Waiting>(
      (waiting, { notBeforeMs: _due, ...part }) => withWaiting(waiting, { ...part, attempt }),
      next.waiting,
    ),
  };
}

function foldLostLease(job: JobState, { error, worker }: LeaseFailed, span: Span, attempt: number): JobState {
  if (failsJob(error)) return claimed(job, ChunkSet.ofSpan(span), attempt).taken.length > 0 ? { ...job, error } : job;
  if (!error.retryable) return countedFailed(job, span, [{ span, error }], attempt, worker);
  return splitUp(job, span, attempt, error, worker);
}

/** Nothing of the lease could be counted. One chunk of it may be the poison, so the next leases of its chunks hold half of it at most. */
function splitUp(job: JobState, span: Span, attempt: number, error: WireError, worker: string): JobState {
  if (lengthOf(span) === 1) return countedFailed(job, span, [{ span, error }], attempt, worker);
  const { job: next, taken } = claimed(job, ChunkSet.ofSpan(span), attempt);
  const half = 2 ** Math.floor(Math.log2(Math.ceil(lengthOf(span) / 2)));
  const waiting = taken.reduce<Waiting>(
    (groups, { chunks, leaseMax, suspect = isSuspicious(error) }) =>
      withWaiting(groups, { attempt, leaseMax: Math.min(half, leaseMax ?? half), ...(suspect && { suspect }), chunks }),
    next.waiting,
  );
  // Where it is part of such a lease already the pace has shrunk before.
  const isNew = taken.some(({ leaseMax }) => leaseMax === undefined);
  return {
    ...next,
    waiting,
    retries: job.retries + countWaiting(taken),
    ...(isNew && { pace: paceAfterLoss(job.pace, lengthOf(span)) }),
  };
}

/** Each of these chunks of a lease that is not at a later attempt already: back to waiting, one attempt up, or dead. */
function countedFailed(
  job: JobState,
  [begin]: Span,
  failed: readonly Omit<FailedPart, 'dies'>[],
  attempt: number,
  worker: string,
): JobState {
  if (failed.length === 0) return job;
  const all = ChunkSet.of(failed.map(({ span }) => span));
  const claim = claimed(job, all, attempt);
  const claimedChunks = chunksOf(claim.taken);
  if (claimedChunks.size === 0) return job;
  const isWhole = claimedChunks.size === all.size;
  const parts = failed.flatMap(({ span: whole, error }): FailedPart[] => {
    const dies = !runsAgain(job.submit, error, attempt);
    return [...(isWhole ? [whole] : claimedChunks.within(whole).spans())].map((span) => ({ span, error, dies }));
  });
  const again = Map.groupBy(
    parts.filter(({ dies }) => !dies),
    ({ error }) => (isSuspicious(error) ? 'suspect' : error.retry_after_ms === undefined ? 'soon' : 'later'),
  );
  let { waiting } = claim.job;
  for (const [group, alike] of again)
    waiting = withWaiting(waiting, {
      attempt: attempt + 1,
      // Those of one lease that are to wait do so together, for the longest time: as many times as chunks would be as many groups.
      notBeforeMs: retryAtMs(
        job.submit.job_id,
        begin,
        attempt,
        job.atMs,
        alike.reduce((longest, { error }) => Math.max(longest, error.retry_after_ms ?? 0), 0),
      ),
      ...(group === 'suspect' && { suspect: true }),
      chunks: ChunkSet.of(alike.map(({ span }) => span)),
    });
  const died = ChunkSet.of(parts.filter(({ dies }) => dies).map(({ span }) => span));
  const told = withFailedRuns(claim.job, parts, attempt, worker);
  // Chunks of a whole span may have failed one by one before.
  const next = died.size > parts.length ? withoutFailures(told, died) : told;
  return { ...next, waiting, dead: job.dead.union(died), retries: job.retries + claimedChunks.size - died.size };
}
