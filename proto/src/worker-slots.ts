/**
 * Which slots of a worker compute what. Pure.
 *
 * Those of a kind with `concurrency` only wait, and no other kind can use them: a worker of two threads has scores of them, which state nothing of how busy its threads are.
 */
import type { WorkerHeartbeat } from './messages/presence.ts';

type Beat = Pick<WorkerHeartbeat, 'slots' | 'busy_slots' | 'kind_slots' | 'busy_kind_slots'>;

interface SlotUse {
  slots: number;
  busy: number;
}

/** The slots that may compute `kind`. */
export function slotsOf(beat: Beat, kind: string): SlotUse {
  const own = beat.kind_slots?.[kind];
  return own === undefined ? threadsOf(beat) : { slots: own, busy: Math.min(own, beat.busy_kind_slots?.[kind] ?? 0) };
}

/** The slots with a thread each, which kinds without `concurrency` share. */
export function threadsOf({ slots, busy_slots: busy, kind_slots: own, busy_kind_slots: busyOwn }: Beat): SlotUse {
  const left = Math.max(0, slots - sum(own));
  return { slots: left, busy: Math.min(left, Math.max(0, busy - sum(busyOwn))) };
}

/** All slots that only one kind has. */
export function sharedOf({ kind_slots: own, busy_kind_slots: busyOwn }: Beat): SlotUse {
  return { slots: sum(own), busy: Math.min(sum(own), sum(busyOwn)) };
}

function sum(counts: Readonly<Record<string, number>> = {}): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
