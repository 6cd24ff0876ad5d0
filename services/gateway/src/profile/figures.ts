/** What the causes of a slow job are judged by. Pure. */
import type { JobTiming, JobView, TimePart } from '@manyhands/proto';

/** A view, or what history keeps of one. */
export type ProfiledJob = Omit<JobView, 'chunks' | 'rate' | 'eta_sec'>;

export interface Figures {
  kind: string;
  ms: number;
  parts: Partial<Record<TimePart, number>>;
  chunks: number;
  atOnce: number | undefined;
  retries: number;
  /** Live slots for its kind, at most. */
  live: number;
  /** Slots that ever computed it. */
  distinct: number;
  /** Slots that computed it at the same time, at most. */
  used: number;
  leases: number;
  /** Milliseconds of all slots together, computing; and in all. */
  computedMs: number;
  busyMs: number;
  chunkMs: { median: number; p95: number; longest: number } | null;
  longest: JobTiming['slowest'][number] | undefined;
}

/** Chunks of one length may be shown half as many slots more, because stretches end anywhere. */
const STRETCH_TOLERANCE = 0.15;

export function figuresOf(view: ProfiledJob, timing: JobTiming): Figures {
  const { busy, rows, slots: live, leases, slowest } = timing;
  const distinct = rows.reduce((sum, { slots = 1 }) => sum + slots, 0);
  return {
    kind: view.kind,
    ms: timing.ms,
    parts: timing.parts,
    chunks: view.total_chunks,
    atOnce: view.at_once,
    retries: view.retries,
    live,
    distinct,
    used: Math.min(distinct, Math.max(live, 1), Math.max(distinct > 0 ? 1 : 0, Math.ceil(peakOf(rows) - STRETCH_TOLERANCE))),
    leases,
    computedMs: busy.computing,
    busyMs: busy.computing + busy.merging + busy.pacing,
    chunkMs: chunkMsOf(timing),
    longest: slowest[0],
  };
}

/** Slots busy on average in the stretch that had most of them. */
function peakOf(rows: JobTiming['rows']): number {
  const stretches = rows.reduce((longest, { busy }) => Math.max(longest, busy.length), 0);
  return Array.from({ length: stretches }, (_, at) =>
    rows.reduce((sum, { busy, slots = 1 }) => sum + (parseInt(busy[at] ?? '0', 36) / 35) * slots, 0),
  ).reduce((peak, sum) => Math.max(peak, sum), 0);
}

function chunkMsOf({ chunk_times: times, slowest }: JobTiming): Figures['chunkMs'] {
  const count = times.reduce((sum, [, chunks]) => sum + chunks, 0);
  if (count === 0) return null;
  const at = (share: number): number => {
    let passed = 0;
    const found = times.find(([, chunks]) => (passed += chunks) >= share * count);
    return 2 ** ((found ?? times.at(-1)!)[0] / 4);
  };
  const longest = Math.max(2 ** (times.at(-1)![0] / 4), ...slowest.map((lease) => lease.took_ms / (lease.end - lease.begin)));
  return { median: at(0.5), p95: at(0.95), longest };
}

/** Computing alone takes at least so long on so many slots. */
function leastMs({ computedMs, longest }: Figures, slots: number): number {
  return slots === 0 ? 0 : Math.max(longest?.took_ms ?? 0, computedMs / slots);
}

/** About how much sooner it had been over with one further slot. Nothing where no chunk was left for one. */
export function savedBySlotMs(figures: Figures): number {
  const { used, chunks, atOnce = Infinity, parts } = figures;
  if (used === 0 || chunks <= used || atOnce <= used) return 0;
  return Math.max(0, Math.min(parts.computing ?? 0, leastMs(figures, used) - leastMs(figures, used + 1)));
}
