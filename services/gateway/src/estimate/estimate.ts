/**
 * How long a job will take, from jobs of its kind that were completed. Pure.
 *
 * Jobs are alike when all of their parameters that are no numbers are the same. Those that are numbers make their size: the product of them, and of the number
 * of chunks where the chunks are an input's. The work of a job is what all its slots together were busy with; over the sizes it is taken for a power law,
 * which is a line through the logarithms of both. Other slots share the same work. What a job took beyond that is added as it was.
 *
 * Invariant: an estimate is finite and not negative; of the same jobs, it is not shorter for a larger size, and not longer on more slots.
 */
import type { Answer } from '@manyhands/proto';
import { canonicalJson } from '../edge/canonical-json.ts';

/** A completed job. */
export interface PastJob {
  params: Readonly<Record<string, unknown>>;
  chunks: number;
  /** From its start to its end, in seconds. */
  sec: number;
  /** What all its slots were busy, in seconds, and how many slots there were; absent: it was too brief to be measured. */
  busy?: { sec: number; slots: number } | undefined;
}

export interface AskedJob {
  params: Readonly<Record<string, unknown>>;
  chunks: number;
  /** Whether its chunks are what an input is cut into: then more of them are more work. */
  ofInput: boolean;
}

/** Completed jobs that are looked at, at most. */
export const PAST_JOBS_MAX = 100;
/** Nothing is stated of a job that is more times larger than all known ones, or smaller. */
const BEYOND_MAX = 4;
/** Work that grows faster than with this power of the size is a coincidence of few jobs. */
const POWER_MAX = 3;
const SEC_MIN = 1e-6;

const none = { sec: null, least_sec: null, most_sec: null, work_sec: null };

/** `slots`: live ones that compute the kind. */
export function estimateOf(past: readonly PastJob[], asked: AskedJob, slots: number): Answer<'KindEstimate'> {
  const wanted = shapeOf(asked, asked.ofInput);
  const alike = past
    .slice(0, PAST_JOBS_MAX)
    .map((job) => ({ ...shapeOf(job, asked.ofInput), work: Math.log(Math.max(SEC_MIN, job.busy?.sec ?? job.sec)), job }))
    .filter(({ words }) => words === wanted.words);
  const sizes = alike.map(({ size }) => size);
  const beyond = Math.log(BEYOND_MAX);
  const isKnown = alike.length > 0 && wanted.size >= Math.min(...sizes) - beyond && wanted.size <= Math.max(...sizes) + beyond;
  if (!isKnown) return { jobs: 0, slots, ...none };
  const workAt = lineThrough(alike);
  const off = alike.map(({ size, work }) => work - workAt(size)).sort((a, b) => a - b);
  const work = workAt(wanted.size);
  const overhead = at(
    alike.map(({ job }) => overheadOf(job)).sort((a, b) => a - b),
    0.5,
  );
  const hands = Math.min(slots, asked.chunks);
  const secOf = (logWork: number): number | null => (hands === 0 ? null : rounded(Math.exp(logWork) / hands + overhead));
  return {
    jobs: alike.length,
    slots,
    sec: secOf(work),
    least_sec: secOf(work + Math.min(0, at(off, 0.1))),
    most_sec: secOf(work + Math.max(0, at(off, 0.9))),
    work_sec: rounded(Math.exp(work)),
  };
}

/** The words of a job, which must be the same in one that is like it, and the logarithm of its size. */
function shapeOf({ params, chunks }: Pick<AskedJob, 'params' | 'chunks'>, ofInput: boolean): { words: string; size: number } {
  const numbers = Object.entries(params).map(([name, value]) => [name, numberIn(value)] as const);
  const words = Object.fromEntries(numbers.map(([name, number]) => [name, number === undefined ? params[name] : 'a number']));
  const size = numbers.reduce((sum, [, number]) => sum + (number === undefined ? 0 : Math.log1p(Math.abs(number))), 0);
  return { words: canonicalJson(words), size: size + (ofInput ? Math.log1p(chunks) : 0) };
}

/** Numbers that are too large for one are digits. */
function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,300}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** What it took beyond its share of the work. */
function overheadOf({ sec, chunks, busy }: PastJob): number {
  return busy === undefined ? 0 : Math.max(0, sec - busy.sec / Math.max(1, Math.min(busy.slots, chunks)));
}

/** Least squares, level or rising. */
function lineThrough(points: readonly { size: number; work: number }[]): (size: number) => number {
  const size = mean(points.map((point) => point.size));
  const work = mean(points.map((point) => point.work));
  const spread = mean(points.map((point) => (point.size - size) ** 2));
  const slope = spread < 1e-9 ? 0 : mean(points.map((point) => (point.size - size) * (point.work - work))) / spread;
  const power = Math.min(POWER_MAX, Math.max(0, slope));
  return (wanted) => work + power * (wanted - size);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of sorted values, the one that so large a share of them is not above. */
function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function rounded(sec: number): number {
  return Number(sec.toPrecision(3));
}
