/**
 * What a job remembers of failed runs, and the dead letters it writes from that.
 *
 * Invariant: bounded, whatever fails: the runs of so many chunks at a time, and so many dead letters a result and a round; beyond that a chunk that dies
 * is counted and drawn, but its history cannot be read. A letter is stored under its chunk and round, so writing it again stores nothing.
 */
import { limits, runOf, type DeadChunk, type FailedRun, type WireError } from '@manyhands/proto';
import type { ChunkSet } from './chunk-set.ts';
import { isoTime } from './clock.ts';
import { deathOf } from './retry.ts';
import type { Span } from './spans.ts';
import type { FailedChunk, JobState, YoungLetter } from './state.ts';

/** Chunks whose fate is that they failed, and whether they are dead. */
export interface FailedPart {
  span: Span;
  error: WireError;
  dies: boolean;
}

/** Chunks whose runs are remembered at a time, and their bytes as JSON. */
export const FAILED_CHUNKS_MAX = 500;
export const FAILED_BYTES_MAX = 64 * 1024;
const MESSAGE_LENGTH_MAX = 200;
const CODE_LENGTH_MAX = 64;
/** A letter is written again by an owner that takes over, when its chunk died this lately: the last one may not have come to it. */
export const LETTER_DOUBT_MS = 60_000;
/** How many letters are kept for that, and their bytes as JSON: the newest that fit. One result writes no more: of a lease of which more die the others are counted. */
export const YOUNG_LETTERS_MAX = 2_000;
export const LETTER_BYTES_MAX = 512 * 1024;

/** Remembers a failed run of each part at `attempt`; of those that die it writes the letters, and forgets the runs. */
export function withFailedRuns(job: JobState, parts: readonly FailedPart[], attempt: number, worker: string): JobState {
  const begins = new Set(parts.map(({ span }) => span[0]));
  const before = new Map<number, readonly FailedRun[]>();
  const failures = job.failures.filter(({ span, runs }) => !begins.has(span[0]) || !before.set(span[0], runs));
  const letters: YoungLetter[] = [];
  const at = isoTime(job.atMs);
  let firstDeath = job.firstDeath;
  for (const [index, { span, error, dies }] of parts.entries()) {
    if (dies) firstDeath ??= deathOf(job.submit, span[0], error, attempt);
    const isTold = dies
      ? letters.length < YOUNG_LETTERS_MAX && job.letterCount + letters.length < limits.deadLettersPerRoundMax
      : index >= parts.length - FAILED_CHUNKS_MAX;
    if (!isTold) continue;
    const run: FailedRun = {
      run: runOf(attempt) + 1,
      code: error.code.slice(0, CODE_LENGTH_MAX),
      message: error.message.slice(0, MESSAGE_LENGTH_MAX),
      worker,
      at,
    };
    const runs = [...(before.get(span[0]) ?? []), run].slice(-limits.attemptsMaxMax);
    if (dies) letters.push(letterOf(job, span, deathOf(job.submit, span[0], error, attempt), runs, at));
    else failures.push({ span, runs, bytes: bytesOf(runs) });
  }
  const next = { ...job, failures: newest(failures, FAILED_BYTES_MAX).slice(-FAILED_CHUNKS_MAX), firstDeath };
  return letters.length === 0
    ? next
    : { ...next, letterCount: job.letterCount + letters.length, letters: [...job.letters, ...letters] };
}

/** Forgets the runs of chunks that are done. */
export function withoutFailures(job: JobState, chunks: ChunkSet): JobState {
  const failures = job.failures.filter(({ span }) => !chunks.has(span[0]));
  return failures.length === job.failures.length ? job : { ...job, failures };
}

/** The letters of chunks that died in this turn. */
export function newLetters(before: JobState, after: JobState): readonly DeadChunk[] {
  const count = after.round === before.round ? after.letterCount - before.letterCount : after.letterCount;
  return count === 0 ? [] : after.letters.slice(-count).map(({ letter }) => letter);
}

/** With no more letters than an owner that takes over would write again. */
export function withYoungLetters(job: JobState): JobState {
  if (job.letters.length === 0) return job;
  const sinceIso = isoTime(Math.max(0, job.atMs - LETTER_DOUBT_MS));
  const letters = newest(
    job.letters.filter(({ letter }) => letter.died_at >= sinceIso),
    LETTER_BYTES_MAX,
  ).slice(-YOUNG_LETTERS_MAX);
  return letters.length === job.letters.length ? job : { ...job, letters };
}

/** The letters that a former owner may not have come to write. */
export function doubtfulLetters(job: JobState): readonly DeadChunk[] {
  return withYoungLetters(job).letters.map(({ letter }) => letter);
}

function letterOf(
  { submit, round }: JobState,
  [begin, end]: Span,
  error: WireError,
  runs: FailedRun[],
  diedAt: string,
): YoungLetter {
  const { job_id, tenant, kind } = submit;
  const letter: DeadChunk = { v: 1, type: 'DeadChunk', job_id, tenant, kind, begin, end, round, error, runs, died_at: diedAt };
  return { letter, bytes: bytesOf(letter) };
}

/** The last ones that fit into so many bytes together. */
export function newest<Item extends FailedChunk | YoungLetter>(items: readonly Item[], bytesMax: number): readonly Item[] {
  let bytes = 0;
  let from = items.length;
  while (from > 0 && bytes + items[from - 1]!.bytes <= bytesMax) bytes += items[(from -= 1)]!.bytes;
  return items.slice(from);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
