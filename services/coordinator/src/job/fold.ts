/**
 * Folds one result into the job: the place where each chunk is counted exactly once.
 *
 * The rule: a result counts only if its span is disjoint from everything already done or dead; a merge only if all its inputs are
 * still held. Anything else was computed twice (a redelivery, a lease of a former owner) and is ignored. Whether this owner remembers
 * handing out the lease does not matter: a result says what it is about.
 *
 * Always true: chunks leave `waiting` and `leases` the moment they are counted, so an outstanding lease never covers a chunk that is
 * done; the rest of a lease cut into that way goes back to waiting. A failure at an attempt older than the chunk's present one is ignored.
 */
import type { LeaseComputed, LeaseFailed, LeaseResult } from '@manyhands/proto';
import { claimed } from './claim.ts';
import { withDeath, withFailure, withoutFailures, type Failure } from './deaths.ts';
import { foldMerge } from './fold-merge.ts';
import { nextPace } from './lease-size.ts';
import { deathOf, retryAtMs, runsAgain } from './retry.ts';
import { countOf, halvesOf, lengthOf, overlapOf, spanWithout, touchesAny, withSpan, type Span, type Spans } from './spans.ts';
import { heldPartial, type JobState, type WaitingSpan } from './state.ts';

export function foldResult(job: JobState, result: LeaseResult): JobState {
  const about = result.about;
  if (about.op === 'merge') return foldMerge(job, result, about);
  const span: Span = [about.begin, about.end];
  if (!isOpen(job, span)) return { ...job, duplicateResults: job.duplicateResults + 1 };
  if (result.type === 'LeaseFailed') return foldLostLease(job, result, span, about.attempt);
  return foldComputed(job, result, span, about.attempt);
}

function isOpen(job: JobState, span: Span): boolean {
  return span[0] < span[1] && span[1] <= job.submit.chunks && !touchesAny(job.done, span) && !touchesAny(job.dead, span);
}

function foldComputed(job: JobState, result: LeaseComputed, span: Span, attempt: number): JobState {
  const failed = result.failed.filter(({ chunk }) => chunk >= span[0] && chunk < span[1]);
  const left = (result.left ?? []).map((part) => overlapOf(part, span)).filter((part) => part !== undefined);
  const uncounted = failed.reduce<Spans>((spans, { chunk }) => withSpan(spans, [chunk, chunk + 1]), []);
  const succeeded = spanWithout(span, left.reduce<Spans>(withSpan, uncounted));
  if (succeeded.length > 0 && result.partial === undefined) return foldMissingPartial(job, span, attempt, result.worker);
  let next = job;
  for (const part of succeeded) next = countedDone(next, part);
  if (succeeded.length > 0) {
    const count = countOf(succeeded);
    next = {
      ...next,
      partials: [...next.partials, heldPartial(result.lease, result.partial!.text)],
      pace: nextPace(next.pace, count, result.compute_ms),
      workers: { ...next.workers, [result.worker]: (next.workers[result.worker] ?? 0) + count },
    };
  }
  for (const { chunk, error } of failed) next = countedFailed(next, [chunk, chunk + 1], { error, attempt, worker: result.worker });
  return withChunksBack(next, left, attempt);
}

/** Chunks the worker had to leave: they wait again, at the same attempt. */
function withChunksBack(job: JobState, left: Spans, attempt: number): JobState {
  let next = job;
  for (const span of left) {
    const claim = claimed(next, span, attempt);
    next = { ...claim.job, waiting: [...claim.parts.map((part) => ({ span: part, attempt })), ...claim.job.waiting] };
  }
  return next;
}

/** The whole lease could not be run. One chunk of it may be the poison, so both halves are tried apart. */
function foldLostLease(job: JobState, result: LeaseFailed, span: Span, attempt: number): JobState {
  if (lengthOf(span) === 1 || !result.error.retryable) return countedFailed(job, span, { error: result.error, attempt, worker: result.worker });
  const claim = claimed(job, span, attempt);
  const parts = claim.parts.length === 1 && lengthOf(claim.parts[0]!) === lengthOf(span) ? halvesOf(span) : claim.parts;
  const waiting = [...parts.map((part) => ({ span: part, attempt })), ...claim.job.waiting];
  return { ...claim.job, waiting, spent: [...job.spent, result.lease], retries: job.retries + countOf(parts) };
}

function foldMissingPartial(job: JobState, span: Span, attempt: number, worker: string): JobState {
  const error = { code: 'compute_failed', message: 'the worker sent no partial for its chunks', retryable: true };
  return countedFailed(job, span, { error, attempt, worker });
}

function countedDone(job: JobState, span: Span): JobState {
  const claim = claimed(job, span);
  return { ...withoutFailures(claim.job, span), done: withSpan(claim.job.done, span) };
}

function againLater(job: JobState, span: Span, attempt: number): WaitingSpan {
  return { span, attempt: attempt + 1, notBeforeMs: retryAtMs(job.submit.job_id, span[0], attempt, job.atMs) };
}

/** Each chunk of `span` that is not at a later attempt already: back to waiting, one attempt up, or dead. */
function countedFailed(job: JobState, span: Span, failure: Failure): JobState {
  const { error, attempt } = failure;
  const claim = claimed(job, span, attempt);
  let next = claim.job;
  for (const part of claim.parts) {
    next = withFailure(next, part, failure);
    next = runsAgain(job.submit, error, attempt)
      ? { ...next, waiting: [againLater(job, part, attempt), ...next.waiting], retries: next.retries + lengthOf(part) }
      : withDeath(next, part, deathOf(part[0], error, attempt));
  }
  return next;
}
