/**
 * How much of a rate is used, as a window that slides: what was admitted is counted in slots of a 64th of the window, and counts until all of its slot is
 * older than the window by more than the clocks of two gateways differ. Pure.
 *
 * Invariant: in no span of time as long as the window is more admitted than the rate allows; and what was admitted counts for a 64th of the window and
 * `CLOCKS_MS` longer than it must, no more. A token bucket with the same numbers admits up to twice the rate in one window, and so do windows that begin at full minutes.
 */
import type { Rate } from '@manyhands/proto/settings';

const SLOTS = 64;

/** Gateways estimate the clock of the server from what reaches them, each as late as its way is long and its thread busy (34 ms apart were seen on a full machine). */
export const CLOCKS_MS = 100;

export interface WindowUse {
  /** Milliseconds of one slot. What was counted in other slots, under another setting, is forgotten. */
  readonly slotMs: number;
  /** Slots since the epoch and how many were admitted in each, oldest first. */
  readonly slots: readonly (readonly [slot: number, count: number])[];
}

export interface Admission {
  readonly use: WindowUse;
  /** How many of those who asked were admitted. */
  readonly admitted: number;
  /** What is left for others now. */
  readonly left: number;
  /** Milliseconds until more is left; 0 where nothing is used. */
  readonly moreInMs: number;
}

/** Admits as many of `wanted` as the rate allows now. Times are by one clock, more or less: what is newer than now is now. */
export function admit(use: WindowUse | undefined, nowMs: number, { count, windowMs }: Rate, wanted: number): Admission {
  const slotMs = Math.ceil(windowMs / SLOTS);
  const known = use?.slotMs === slotMs ? use.slots.filter(([slot]) => slot * slotMs <= nowMs + windowMs) : [];
  const atMs = Math.max(nowMs, (known.at(-1)?.[0] ?? 0) * slotMs);
  const endOf = (slot: number): number => (slot + 1) * slotMs + windowMs + CLOCKS_MS;
  const counting = known.filter(([slot]) => endOf(slot) > atMs);
  const used = counting.reduce((sum, [, admitted]) => sum + admitted, 0);
  const admitted = Math.max(0, Math.min(wanted, count - used));
  const slots = admitted === 0 ? counting : added(counting, Math.floor(atMs / slotMs), admitted);
  const oldest = slots[0]?.[0];
  return {
    use: { slotMs, slots },
    admitted,
    left: Math.max(0, count - used - admitted),
    moreInMs: oldest === undefined ? 0 : endOf(oldest) - nowMs,
  };
}

function added(slots: WindowUse['slots'], slot: number, admitted: number): WindowUse['slots'] {
  const last = slots.at(-1);
  return last?.[0] === slot ? [...slots.slice(0, -1), [slot, last[1] + admitted]] : [...slots, [slot, admitted]];
}
