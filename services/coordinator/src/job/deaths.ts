/**
 * What a job remembers of failed runs, and the dead letters it writes from that.
 *
 * Always true: bounded, whatever fails: the runs of so many chunks at a time, and so many dead letters a round; beyond that a chunk that dies
 * is counted and drawn, but nobody can read its history. A letter is stored under its chunk and round, so writing it again stores nothing.
 */
import { limits, runOf, type DeadChunk, type FailedRun, type WireError } from '@manyhands/proto';
import { isoTime } from './iso-time.ts';
import { withSpan, type Span } from './spans.ts';
import type { JobState } from './state.ts';

/** One failed run, as the fold meets it. */
export interface Failure {
  error: WireError;
  attempt: number;
  worker: string;
}

/** Chunks whose runs are remembered at a time. */
export const FAILED_CHUNKS_MAX = 500;
const MESSAGE_LENGTH_MAX = 200;
/** A letter is written again by an owner that takes over, when its chunk died this lately: the last one may not have come to it. */
const LETTER_DOUBT_MS = 60_000;

export function withFailure(job: JobState, span: Span, { error, attempt, worker }: Failure): JobState {
  const run: FailedRun = { run: runOf(attempt) + 1, code: error.code, message: error.message.slice(0, MESSAGE_LENGTH_MAX), worker, at: isoTime(job.atMs) };
  const known = job.failures.find((failed) => failed.span[0] === span[0]);
  const others = job.failures.filter((failed) => failed !== known);
  const newest = { span, runs: [...(known?.runs ?? []), run].slice(-limits.attemptsMaxMax) };
  return { ...job, failures: [...others, newest].slice(-FAILED_CHUNKS_MAX) };
}

/** Forgets the runs of chunks that are done. */
export function withoutFailures(job: JobState, span: Span): JobState {
  if (job.failures.length === 0) return job;
  return { ...job, failures: job.failures.filter((failed) => failed.span[0] < span[0] || failed.span[0] >= span[1]) };
}

/** The chunks of `span` are given up; `error` is the sentence that says why. */
export function withDeath(job: JobState, span: Span, error: WireError): JobState {
  const next = { ...withoutFailures(job, span), dead: withSpan(job.dead, span), firstDeath: job.firstDeath ?? error };
  if (job.letters.length >= limits.deadLettersPerRoundMax) return next;
  const runs = job.failures.find((failed) => failed.span[0] === span[0])?.runs ?? [];
  const { job_id, tenant, kind } = job.submit;
  const letter: DeadChunk = {
    v: 1, type: 'DeadChunk', job_id, tenant, kind, begin: span[0], end: span[1], round: job.round, error, runs: [...runs], died_at: isoTime(job.atMs),
  };
  return { ...next, letters: [...job.letters, letter] };
}

/** The letters of chunks that died in this turn. */
export function newLetters(before: JobState, after: JobState): readonly DeadChunk[] {
  if (after.letters === before.letters) return [];
  return after.round === before.round ? after.letters.slice(before.letters.length) : after.letters;
}

/** The letters that a former owner may not have come to write. */
export function doubtfulLetters(job: JobState): readonly DeadChunk[] {
  const sinceIso = isoTime(Math.max(0, job.atMs - LETTER_DOUBT_MS));
  return job.letters.filter((letter) => letter.died_at >= sinceIso);
}
