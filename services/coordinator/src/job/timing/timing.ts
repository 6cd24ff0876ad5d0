/**
 * Where the time of a job goes: each moment since its submission is in one part.
 *
 * What a job was doing between two messages is only known when its results come, because a result states how long it was in its slot, and a lease does not state when a
 * slot takes it. So the time since the last message is put into the part that shows (`withPassed`), and a result takes out of that what its slot was busy (`withComputed`).
 * The newest stretches stay open for that, `OPEN_MAX` of them; older ones are closed, and what comes later takes nothing out of them.
 *
 * Invariant: the parts are whole milliseconds, none below 0, and add up to `ms`. Everything here is bounded. Its own clock, `ms`, never goes back.
 */
import type { TimePart } from '@manyhands/proto';
import { withTook, type ChunkTimes } from './chunk-times.ts';
import { withSlow, type SlowLease } from './slow-leases.ts';
import { NO_TIMELINE, withBusy, type Timeline } from './timeline.ts';

const OPEN_MAX = 48;

/** `claimed`: it is in the sums already. */
type Stretch = readonly [from: number, to: number, part: TimePart | 'claimed'];
type Sums = Partial<Readonly<Record<TimePart, number>>>;

export interface Timing {
  /** Milliseconds since the submission. */
  ms: number;
  /** Parts of what is closed or claimed. */
  sums: Sums;
  /** What is left until `ms`, without a gap. */
  open: readonly Stretch[];
  /** Most live slots for its kind at a time. */
  slots: number;
  leases: number;
  /** Milliseconds of all slots together. */
  busy: { computing: number; merging: number; pacing: number };
  times: ChunkTimes;
  slowest: readonly SlowLease[];
  line: Timeline;
}

export const NO_TIMING: Timing = {
  ms: 0,
  sums: {},
  open: [],
  slots: 0,
  leases: 0,
  busy: { computing: 0, merging: 0, pacing: 0 },
  times: [],
  slowest: [],
  line: NO_TIMELINE,
};

/** What a result states of its time. */
export interface SlotTime {
  op: 'compute' | 'merge';
  worker: string;
  slot: number;
  computeMs: number;
  pacedMs: number;
  mergeMs: number;
  begin: number;
  end: number;
  /** The share of this time that the job would not have taken, had it not bounded how many of its chunks are computed at once. */
  heldShare: number;
}

/** Time has passed. */
export function withPassed(timing: Timing, ms: number, part: TimePart): Timing {
  const passed = Math.max(0, Math.round(ms));
  if (passed === 0) return timing;
  const to = timing.ms + passed;
  return closed({ ...timing, ms: to, open: joined([...timing.open, [timing.ms, to, part]]) });
}

/** A slot was busy with the job until now. */
export function withComputed(timing: Timing, time: SlotTime): Timing {
  const tookMs = Math.min(timing.ms, Math.max(0, Math.round(time.computeMs)));
  const from = timing.ms - tookMs;
  const pacing = time.op === 'merge' ? 0 : Math.min(tookMs, Math.round(time.pacedMs));
  const merging = time.op === 'merge' ? tookMs : Math.min(tookMs - pacing, Math.round(time.mergeMs));
  const computing = tookMs - pacing - merging;
  const { busy } = timing;
  const counted: Timing = {
    ...timing,
    leases: timing.leases + 1,
    busy: { computing: busy.computing + computing, merging: busy.merging + merging, pacing: busy.pacing + pacing },
    line: withBusy(timing.line, time, from, timing.ms),
    ...(time.op === 'compute' && {
      times: withTook(timing.times, time.computeMs, time.end - time.begin),
      slowest: withSlow(timing.slowest, time, from, tookMs),
    }),
  };
  if (tookMs === 0) return counted;
  if (time.op === 'merge')
    return closed({ ...counted, open: painted(timing.open, from, 'merging', (part) => part !== 'claimed') });
  const isFree = (part: Stretch[2]): boolean => part !== 'claimed';
  const claimed = lengthOver(timing.open, from, isFree);
  const paced = Math.round((claimed * pacing) / tookMs);
  const merged = Math.min(claimed - paced, Math.round((claimed * merging) / tookMs));
  const rest = claimed - paced - merged;
  const held = Math.round(rest * time.heldShare);
  const sums = added(
    added(added(added(timing.sums, 'pacing', paced), 'merging', merged), 'at_once', held),
    'computing',
    rest - held,
  );
  return closed({ ...counted, sums, open: painted(timing.open, from, 'claimed', isFree) });
}

/** Leases that were out for so long came to nothing. */
export function withUnanswered(timing: Timing, ms: number): Timing {
  const from = timing.ms - Math.max(0, Math.round(ms));
  const isWait = (part: Stretch[2]): boolean => part === 'leasing' || part === 'queued';
  return closed({ ...timing, open: painted(timing.open, from, 'unanswered', isWait) });
}

/** Milliseconds of each part. */
export function partsOf({ sums, open }: Pick<Timing, 'sums' | 'open'>): Sums {
  return open.reduce<Sums>((all, [from, to, part]) => (part === 'claimed' ? all : added(all, part, to - from)), sums);
}

function added(sums: Sums, part: TimePart, ms: number): Sums {
  return ms === 0 ? sums : { ...sums, [part]: (sums[part] ?? 0) + ms };
}

function lengthOver(open: readonly Stretch[], after: number, where: (part: Stretch[2]) => boolean): number {
  return open.reduce((sum, [from, to, part]) => (where(part) ? sum + Math.max(0, to - Math.max(from, after)) : sum), 0);
}

/** What is after `after` becomes `part`, where it may. */
function painted(open: readonly Stretch[], after: number, part: Stretch[2], where: (part: Stretch[2]) => boolean): Stretch[] {
  return joined(
    open.flatMap((stretch): Stretch[] => {
      const [from, to, was] = stretch;
      if (to <= after || !where(was)) return [stretch];
      return from >= after
        ? [[from, to, part]]
        : [
            [from, after, was],
            [after, to, part],
          ];
    }),
  );
}

function joined(open: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const stretch of open) {
    const last = all.at(-1);
    if (last !== undefined && last[2] === stretch[2]) all[all.length - 1] = [last[0], stretch[1], stretch[2]];
    else all.push(stretch);
  }
  return all;
}

function closed(timing: Timing): Timing {
  const excess = timing.open.length - OPEN_MAX;
  if (excess <= 0) return timing;
  return { ...timing, sums: partsOf({ sums: timing.sums, open: timing.open.slice(0, excess) }), open: timing.open.slice(excess) };
}
