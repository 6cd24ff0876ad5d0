/** What the cells of a chunk map are coloured by beside their state: the time, the worker or the run of the lease that had them last. Pure. */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { formatDuration } from '../format.ts';
import type { CellLayout } from './layout.ts';

export const heatViews = { state: 'State', time: 'Time', worker: 'Worker', run: 'Run' } as const;
export type HeatView = keyof typeof heatViews;

/** The one that an address names. */
export function heatViewOf(query: { get(name: string): string | null }): HeatView {
  const named = query.get('by');
  return named !== null && Object.hasOwn(heatViews, named) ? (named as HeatView) : 'state';
}

interface Heat {
  /** Of each cell: 0 where nothing is kept, else its place in `shades` from 1. */
  tint: Uint8Array;
  shades: { name: string; color: string }[];
}

/** From short to long; told apart by lightness too. */
const timeColors = [
  'oklch(0.88 0.06 190)',
  'oklch(0.76 0.11 170)',
  'oklch(0.74 0.14 95)',
  'oklch(0.64 0.17 50)',
  'oklch(0.5 0.2 22)',
];
/** Times the median, up to which each but the last goes. */
const timeSteps = [0.5, 1.5, 3, 6];
/** After Okabe and Ito: told apart by the colour-blind. The last is of all others. */
const workerColors = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8400', '#7f7f7f'];
const runColors = ['oklch(0.76 0.11 170)', '#e69f00', '#d55e00', '#882255'];

export function heatOf(
  by: Exclude<HeatView, 'state'>,
  leases: readonly AnsweredLease[],
  { cells, chunksPerCell }: Pick<CellLayout, 'cells' | 'chunksPerCell'>,
): Heat {
  const computed = leases.filter(({ op, outcome, end, begin }) => op === 'compute' && outcome !== 'ignored' && end > begin);
  const { shades, shadeOf } = { time: byTime, worker: byWorker, run: byRun }[by](computed);
  const tint = new Uint8Array(cells);
  for (const lease of computed)
    tint.fill(1 + shadeOf(lease), Math.floor(lease.begin / chunksPerCell), Math.ceil(lease.end / chunksPerCell));
  return { tint, shades };
}

interface Shading {
  shades: Heat['shades'];
  shadeOf(lease: AnsweredLease): number;
}

function chunkMs({ took_ms: took, begin, end }: AnsweredLease): number {
  return took / (end - begin);
}

function byTime(leases: readonly AnsweredLease[]): Shading {
  const sorted = leases.map(chunkMs).sort((a, b) => a - b);
  const median = Math.max(sorted[sorted.length >> 1] ?? 0, 1e-3);
  const time = (times: number): string => formatDuration((times * median) / 1_000);
  const names = [
    `up to ${time(timeSteps[0]!)}`,
    ...timeSteps.slice(1).map((step) => `to ${time(step)}`),
    `above ${time(timeSteps.at(-1)!)}`,
  ];
  return {
    shades: timeColors.map((color, at) => ({ color, name: names[at]! })),
    shadeOf: (lease) => {
      const step = timeSteps.findIndex((most) => chunkMs(lease) <= most * median);
      return step < 0 ? timeSteps.length : step;
    },
  };
}

function byWorker(leases: readonly AnsweredLease[]): Shading {
  const workers = [...new Set(leases.map(({ worker }) => worker))];
  const named = workers.length <= workerColors.length ? workers : [...workers.slice(0, workerColors.length - 1), 'others'];
  return {
    shades: named.map((name, at) => ({ name, color: workerColors[at]! })),
    shadeOf: ({ worker }) => Math.min(workers.indexOf(worker), workerColors.length - 1),
  };
}

function byRun(leases: readonly AnsweredLease[]): Shading {
  const most = Math.min(
    runColors.length,
    leases.reduce((all, { attempt }) => Math.max(all, attempt), 1),
  );
  const nameOf = (run: number): string => (run === runColors.length ? `run ${run} or later` : `run ${run}`);
  return {
    shades: runColors.slice(0, most).map((color, at) => ({ color, name: nameOf(at + 1) })),
    shadeOf: ({ attempt }) => Math.min(attempt, runColors.length) - 1,
  };
}

/** The leases that had a chunk, the newest first. */
export function leasesOfChunk(leases: readonly AnsweredLease[], chunk: number, most: number): AnsweredLease[] {
  return leases
    .filter(({ op, begin, end }) => op === 'compute' && begin <= chunk && chunk < end)
    .slice(-most)
    .reverse();
}
