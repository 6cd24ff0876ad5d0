/** The answered leases of all workers as lanes, which grow as more come, and what each slot computes now. Pure. */
import type { WorkerHeartbeat } from '@manyhands/proto';
import { unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import { threadsOf } from '@manyhands/proto/worker-slots';
import type { ClusterLeases } from '@manyhands/sdk';
import { alphabetical } from '../alphabetical.ts';
import { firstAfter, laneOf, type Bar, type Lane } from '../leases/lanes.ts';

/** `from_ms` counts from the beginning of the lanes. */
export interface ClusterLease extends AnsweredLease {
  job_id: string;
  kind: string;
}

type ClusterLane = Lane<ClusterLease>;

/** By worker and slot. */
export type LaneBook = ReadonlyMap<string, ClusterLane>;

export const noLanes: LaneBook = new Map();

/** Bars of one lane that are held. */
const barsMost = 2_000;

/** The leases of an answer, in the time of lanes that begin at `baseMs` (milliseconds since 1970). */
export function leasesIn({ jobs }: Pick<ClusterLeases, 'jobs'>, baseMs: number): ClusterLease[] {
  return jobs.flatMap(({ job_id, kind, submitted_at, workers, leases }) => {
    const sinceMs = Date.parse(submitted_at) - baseMs;
    return unpackedLeases({ workers, leases }).map((lease) => ({ ...lease, job_id, kind, from_ms: lease.from_ms + sinceMs }));
  });
}

/** The lanes with more leases, some of which they may have, and without what ended before `fromMs`. A lane that is as it was stays the same object. */
export function grownLanes(book: LaneBook, leases: readonly ClusterLease[], fromMs: number): LaneBook {
  const came = Map.groupBy(leases, nameOf);
  const grown = new Map<string, ClusterLane>();
  for (const [name, lane] of book) {
    const fresh = (came.get(name) ?? []).filter((lease) => !has(lane.bars, lease));
    came.delete(name);
    const first = firstAfter(lane.bars, fromMs);
    const all = [...lane.bars.slice(first).map(({ lease }) => lease), ...fresh];
    if (fresh.length === 0 && first === 0) grown.set(name, lane);
    else if (all.length > 0) grown.set(name, laneOf(all.slice(-barsMost)));
  }
  for (const [name, fresh] of came) grown.set(name, laneOf(fresh.slice(-barsMost)));
  return grown;
}

/** The same lanes with a beginning that is `byMs` later. */
export function rebased(book: LaneBook, byMs: number): LaneBook {
  const leases = [...book.values()].flatMap(({ bars }) => bars.map(({ lease }) => ({ ...lease, from_ms: lease.from_ms - byMs })));
  return grownLanes(new Map(), leases, 0);
}

type Beat = Pick<WorkerHeartbeat, 'worker' | 'leases' | 'slots' | 'busy_slots' | 'kind_slots' | 'busy_kind_slots'>;

/** A lane for each thread of the workers that are there, and for each other slot that had something; those of workers that left at the end. */
export function shownLanes(book: LaneBook, workers: readonly Beat[], baseMs: number, most: number): ClusterLane[] {
  const rest = new Map(book);
  const known = Map.groupBy(book.values(), ({ worker }) => worker);
  const lanes = workers.flatMap((beat) => {
    const { worker } = beat;
    const open = new Map(beat.leases.map((held) => [held.slot, held]));
    const threads = Array.from({ length: threadsOf(beat).slots }, (_, slot) => slot);
    const had = (known.get(worker) ?? []).map(({ slot }) => slot);
    const slots = new Set([...threads, ...had, ...[...open.keys()].filter((slot) => slot !== undefined)]);
    return [...slots]
      .sort((one, other) => one - other)
      .map((slot) => {
        const lane = rest.get(`${worker}/${slot}`) ?? { worker, slot, bars: [], busyMs: 0 };
        rest.delete(`${worker}/${slot}`);
        return withOpen(lane, open.get(slot), baseMs);
      });
  });
  const left = [...rest.values()].sort((one, other) => alphabetical(one.worker, other.worker) || one.slot - other.slot);
  return [...lanes, ...left].slice(0, most);
}

/** What the slot computes now, unless it was answered since the heartbeat. */
function withOpen(lane: ClusterLane, held: Beat['leases'][number] | undefined, baseMs: number): ClusterLane {
  if (held?.began_at === undefined) return lane;
  const beganMs = Date.parse(held.began_at) - baseMs;
  const last = lane.bars.at(-1);
  const isAnswered =
    last !== undefined &&
    last.lease.job_id === held.job_id &&
    held.lease.startsWith(`${last.lease.begin}-${last.lease.end}-`) &&
    last.toMs >= beganMs;
  return isAnswered ? lane : { ...lane, openFromMs: Math.max(0, beganMs, last?.toMs ?? 0) };
}

/** The jobs in the lanes, the one that had a slot last first. */
export function jobsIn(book: LaneBook): { job_id: string; kind: string }[] {
  const newest = new Map<string, Bar<ClusterLease>>();
  for (const { bars } of book.values())
    for (const bar of bars) if ((newest.get(bar.lease.job_id)?.toMs ?? -Infinity) < bar.toMs) newest.set(bar.lease.job_id, bar);
  return [...newest.values()]
    .sort((one, other) => other.toMs - one.toMs)
    .map(({ lease: { job_id, kind } }) => ({ job_id, kind }));
}

function has(bars: readonly Bar<ClusterLease>[], { job_id, op, begin, from_ms: fromMs }: ClusterLease): boolean {
  for (let at = bars.length - 1; at >= 0 && bars[at]!.lease.from_ms >= fromMs; at -= 1) {
    const { lease } = bars[at]!;
    if (lease.from_ms === fromMs && lease.job_id === job_id && lease.begin === begin && lease.op === op) return true;
  }
  return false;
}

function nameOf({ worker, slot }: AnsweredLease): string {
  return `${worker}/${slot}`;
}
