/** How long the chunks of a job take, as a histogram: step `s` stands for `2 ** (s / 4)` milliseconds. Invariant: it has at most `STEP_MAX - STEP_MIN + 1` steps. */
export type ChunkTimes = Readonly<Record<string, number>>;

/** A thousandth of a millisecond. */
const STEP_MIN = -40;
/** Some days. */
const STEP_MAX = 120;

/** So many chunks took so long together. */
export function withTook(times: ChunkTimes, ms: number, chunks: number): ChunkTimes {
  if (chunks < 1) return times;
  const step = ms > 0 ? Math.min(STEP_MAX, Math.max(STEP_MIN, Math.round(4 * Math.log2(ms / chunks)))) : STEP_MIN;
  return { ...times, [step]: (times[step] ?? 0) + chunks };
}

/** In the order of their lengths. */
export function stepsOf(times: ChunkTimes): [step: number, chunks: number][] {
  return Object.entries(times)
    .map(([step, chunks]): [number, number] => [Number(step), chunks])
    .sort(([a], [b]) => a - b);
}
