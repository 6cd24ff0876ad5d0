/** Whether the memory of processes grows: samples of each life, a line laid through them. Pure. */
import { only } from '../history.ts';
import type { Seen } from './seen.ts';

export interface Life {
  process: string;
  pid: number;
  /** Megabytes: the most that was seen. */
  mbMax: number;
  /** Megabytes a minute once it was warm; undefined for a life too short to tell. */
  growth: number | undefined;
}

const warmMs = 10 * 60_000;
/** Beyond warming up: what the engine takes in one step and keeps is no growth over half an hour, and looks like it over five minutes. */
const judgedMs = 20 * 60_000;

export function livesOf(entries: readonly Seen[]): Life[] {
  return [...Map.groupBy(only(entries, 'memory'), ({ process, pid }) => `${process} ${pid}`).values()].map((samples) => {
    const { process, pid, atMs: bornAtMs } = samples[0]!;
    const warm = samples.filter(({ atMs }) => atMs - bornAtMs >= warmMs).map(({ atMs, mb }) => [atMs / 60_000, mb] as const);
    const isLong = warm.length > 1 && (warm.at(-1)![0] - warm[0]![0]) * 60_000 >= judgedMs;
    return { process, pid, mbMax: Math.max(...samples.map(({ mb }) => mb)), growth: isLong ? slopeOf(warm) : undefined };
  });
}

/** Least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const [above, below] = points.reduce(
    ([product, square], [x, y]) => [product + (x - meanX) * (y - meanY), square + (x - meanX) ** 2],
    [0, 0],
  );
  return below === 0 ? 0 : above / below;
}
