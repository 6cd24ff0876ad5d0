/** What the charts over the list of finished jobs are drawn from. Pure. */
import type { HistorySearch, HistoryTrends } from '@manyhands/sdk';
import { limits } from '@manyhands/proto/limits';
import { formatCount, formatDuration } from '../format.ts';
import { searchOf, type HistoryFilter } from './history-filter.ts';

export type TrendDay = HistoryTrends['days'][number];
export type TrendKind = HistoryTrends['kinds'][number];

const dayMs = 24 * 3_600_000;

/** As they are stacked, from the bottom up: what failed is on top, where it is seen best. */
export const outcomes = [
  { status: 'completed', name: 'Completed', fill: 'var(--done)' },
  { status: 'cancelled', name: 'Cancelled', fill: 'var(--control)' },
  { status: 'failed', name: 'Failed', fill: 'var(--failed)' },
] as const;

/** What the API is asked for: the period of the filter, or as many days as there may be, to the end of today in UTC. A chosen day changes nothing. */
export function trendSearchOf(filter: HistoryFilter, nowMs: number): HistorySearch {
  const search = searchOf({ ...filter, day: null }, nowMs);
  const next = Math.floor(nowMs / dayMs) + 1;
  const atDay = (day: number) => new Date(day * dayMs).toISOString();
  return { from: atDay(next - limits.trendDaysMax), to: atDay(next), ...search };
}

export function jobsOf({ completed, failed, cancelled }: Pick<TrendDay, 'completed' | 'failed' | 'cancelled'>): number {
  return completed + failed + cancelled;
}

/** Those that are drawn: from the first with a job on, a week at the least, so that a young history is more than one bar beside empty months. */
export function drawnDays(days: readonly TrendDay[]): readonly TrendDay[] {
  const first = days.findIndex((day) => jobsOf(day) > 0);
  return first < 0 ? days : days.slice(Math.max(0, Math.min(first, days.length - 7)));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 28`. */
export function dayName(day: string): string {
  return `${months[Number(day.slice(5, 7)) - 1]} ${Number(day.slice(8, 10))}`;
}

interface Bar {
  fill: string;
  y: number;
  height: number;
}

/** In a picture of this height a value that is not 0 is at least so high. */
const pictureHeight = 100;
const leastHeight = 2;

/** The bars of one day, one on the other, in a picture 100 high where `most` jobs reach the top. */
export function stackOf(day: TrendDay, most: number): Bar[] {
  let y = pictureHeight;
  return outcomes.flatMap(({ status, fill }) => {
    if (day[status] === 0) return [];
    const height = Math.max(leastHeight, (pictureHeight * day[status]) / Math.max(1, most));
    y -= height;
    return [{ fill, y: Math.max(0, y), height }];
  });
}

/** How high the bar of a share is where `most` reaches the top. */
export function shareHeight(share: number | null, most: number): number {
  return share === null || share === 0 ? 0 : Math.max(leastHeight, (pictureHeight * share) / most);
}

/** What is at the top of a chart of shares: few failures are not to look like many. */
export function shareTop(days: readonly TrendDay[]): number {
  const most = Math.max(0, ...days.map((day) => day.failure_share ?? 0));
  return [0.05, 0.1, 0.25, 0.5].find((top) => most <= top) ?? 1;
}

export function failureShareOf(days: readonly TrendDay[]): number | null {
  const [completed, failed] = [sum(days, 'completed'), sum(days, 'failed')];
  return completed + failed === 0 ? null : failed / (completed + failed);
}

export function sum(days: readonly TrendDay[], of: 'completed' | 'failed' | 'cancelled' | 'chunks'): number {
  return days.reduce((total, day) => total + day[of], 0);
}

interface Curve {
  /** The middle, through the days that have one. */
  line: string;
  /** From the middle to what 95 of 100 stay below. */
  band: string;
  /** Seconds at the top. */
  most: number;
}

/** How long the jobs of a kind took, day by day, in a picture one wide for each day and 24 high; null where none completed. */
export function curveOf(days: readonly TrendDay[], kind: string): Curve | null {
  const points = days.flatMap(({ kinds }, at) => {
    const { p50_duration_sec: middle, p95_duration_sec: high } = kinds.find((each) => each.kind === kind) ?? {};
    return middle === undefined || middle === null ? [] : [{ x: at + 0.5, middle, high: high ?? middle }];
  });
  if (points.length === 0) return null;
  const most = Math.max(...points.map(({ high }) => high));
  const y = (sec: number) => (23 - (21 * sec) / (most || 1)).toFixed(1);
  const through = (each: readonly { x: number; sec: number }[]) => each.map(({ x, sec }) => `${x} ${y(sec)}`).join('L');
  const middle = points.map((point) => ({ x: point.x, sec: point.middle }));
  const high = points.map((point) => ({ x: point.x, sec: point.high }));
  // A single day is a line of no length, which its round ends make a dot.
  const dot = points.length === 1 ? 'h0.01' : '';
  return { line: `M${through(middle)}${dot}`, band: `M${through(high)}L${through(middle.toReversed())}Z`, most };
}

/** The charts as one sentence each, for who does not see them. */
export function jobsSentence(days: readonly TrendDay[]): string {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return '';
  const busiest = days.reduce((most, day) => (jobsOf(day) > jobsOf(most) ? day : most), first);
  const counts = outcomes.map(({ status, name }) => `${formatCount(sum(days, status))} ${name.toLowerCase()}`).join(', ');
  return `From ${dayName(first.day)} to ${dayName(last.day)}: ${counts}; most on ${dayName(busiest.day)}, ${formatCount(jobsOf(busiest))}.`;
}

export function durationText(seconds: number | null): string {
  return seconds === null ? '–' : formatDuration(seconds);
}

/** `0 %`, `0.4 %`, `12 %`: one in a thousand that failed is not none. */
export function shareText(share: number | null): string {
  if (share === null) return '–';
  if (share === 0 || share >= 0.0995) return `${Math.round(100 * share)} %`;
  return share < 0.0005 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`;
}
