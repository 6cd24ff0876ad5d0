/**
 * How long the chunks of a job take, as a histogram in the order of its steps: step `s` stands for `2 ** (s / 4)` milliseconds. Invariant: it has at most
 * `STEP_MAX - STEP_MIN + 1` steps.
 *
 * Pairs, because each result makes another one: a record with such keys costs as much to copy as all else that is done with a result.
 */
export type ChunkTimes = readonly (readonly [step: number, chunks: number])[];

/** A thousandth of a millisecond. */
const STEP_MIN = -40;
/** Some days. */
const STEP_MAX = 120;

/** So many chunks took so long together. */
export function withTook(times: ChunkTimes, ms: number, chunks: number): ChunkTimes {
  if (chunks < 1) return times;
  // Plus 0, because JSON has no -0: a state that is read back would be another one.
  const step = ms > 0 ? Math.min(STEP_MAX, Math.max(STEP_MIN, Math.round(4 * Math.log2(ms / chunks)) + 0)) : STEP_MIN;
  const at = times.findIndex(([one]) => one >= step);
  const found = times[at];
  if (found === undefined) return [...times, [step, chunks]];
  return found[0] === step ? times.with(at, [step, found[1] + chunks]) : times.toSpliced(at, 0, [step, chunks]);
}

/** As it is saved. */
export type ChunkTimesJson = Readonly<Record<string, number>>;

export function chunkTimesJson(times: ChunkTimes): ChunkTimesJson {
  return Object.fromEntries(times);
}

export function chunkTimesOf(json: ChunkTimesJson): ChunkTimes {
  return Object.entries(json)
    .map(([step, chunks]) => [Number(step), chunks] as const)
    .sort(([a], [b]) => a - b);
}
