/**
 * Which running leases make room for leases of young jobs that wait here, and how soon. Pure.
 *
 * A lease makes room at the border of a chunk, so a small job begins within one chunk's time of a big one, however long the leases of the big one are.
 *
 * Invariant: a slot that ran young leases for a while owes the others a quarter of that time and lets them compute it first, so however
 * many small jobs come, one after the other, a fifth of each slot is left to the big ones. A lease makes room only for its own or a more urgent lane.
 */
import { LANES, type ComputeLease } from '@manyhands/proto';

/** How much longer than the others young jobs run while both want a slot; also how much oftener they are asked for. */
export const YOUNG_SHARE = 4;
/** A lease of the usual length pays any debt. */
const OWED_MS_MAX = 150;

/** A lease in a slot. */
export interface RunningLease {
  lease: Pick<ComputeLease, 'lane' | 'young' | 'task'>;
  /** Chunks that are over. */
  done: number;
  /** What its slot owes to leases like it. */
  owedMs: number;
  /** It is making room already. */
  yielding: boolean;
}

/** Whether there is more to it than the chunk at hand, so that making room would free the slot sooner. */
export function canMakeRoom({ lease: { young, task }, done, yielding }: RunningLease): boolean {
  return young !== true && !yielding && task.op === 'compute' && task.end - task.begin - done > 1;
}

/** The running leases that shall make room for those waiting: one for each, the least owed first. */
export function makingRoom<Running extends RunningLease>(
  running: readonly Running[],
  waiting: readonly Pick<ComputeLease, 'lane' | 'young'>[],
): Running[] {
  const able = running.filter(canMakeRoom).sort((one, other) => one.owedMs - other.owedMs);
  const chosen: Running[] = [];
  let needed = running.filter(({ yielding }) => yielding).length;
  for (const { lane, young } of waiting) {
    if (young !== true) continue;
    if (needed > 0) needed -= 1;
    else {
      const at = able.findIndex(({ lease }) => LANES.indexOf(lane) <= LANES.indexOf(lease.lane));
      if (at >= 0) chosen.push(...able.splice(at, 1));
    }
  }
  return chosen;
}

/** What a slot owes after a lease ran in it for `ranMs`. */
export function owedAfter(owedMs: number, young: boolean, ranMs: number): number {
  return young ? Math.min(OWED_MS_MAX, owedMs + ranMs / YOUNG_SHARE) : Math.max(0, owedMs - ranMs);
}

/** One of the two queues of a lane. */
export interface LaneQueue {
  /** Queues of one name share its weight. */
  lane: string;
  weight: number;
  young: boolean;
}

/** The weight of a lane, shared among its queues that are `ready`. Whole numbers. */
export function weightAmong({ lane, weight, young }: LaneQueue, ready: readonly LaneQueue[]): number {
  const isAlone = !ready.some((other) => other.lane === lane && other.young !== young);
  return weight * (isAlone ? YOUNG_SHARE + 1 : young ? YOUNG_SHARE : 1);
}
