/** Answered leases as lanes: one for each slot, a bar for each lease. Pure. */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';

export interface Lane<Lease extends AnsweredLease = AnsweredLease> {
  worker: string;
  slot: number;
  /** In the order in which they began; where one would overlap the one before, it begins at its end. */
  bars: readonly Bar<Lease>[];
  /** Milliseconds in which it was busy. */
  busyMs: number;
  /** When it began what it computes now. */
  openFromMs?: number | undefined;
}

export interface Bar<Lease extends AnsweredLease = AnsweredLease> {
  fromMs: number;
  toMs: number;
  lease: Lease;
}

/** In the order in which their slots first had a lease of the job; of one worker together. */
export function lanesOf<Lease extends AnsweredLease>(leases: readonly Lease[]): Lane<Lease>[] {
  const bySlot = new Map<string, Lease[]>();
  for (const lease of leases) {
    const name = `${lease.worker}/${lease.slot}`;
    const known = bySlot.get(name);
    if (known) known.push(lease);
    else bySlot.set(name, [lease]);
  }
  const workers = [...new Set(leases.map(({ worker }) => worker))];
  return [...bySlot.values()]
    .map(laneOf)
    .sort((one, other) => workers.indexOf(one.worker) - workers.indexOf(other.worker) || one.slot - other.slot);
}

/** The lane of the leases of one slot. */
export function laneOf<Lease extends AnsweredLease>(leases: readonly Lease[]): Lane<Lease> {
  const { worker, slot } = leases[0]!;
  let endMs = 0;
  const bars = [...leases]
    .sort((one, other) => one.from_ms - other.from_ms || one.took_ms - other.took_ms)
    .map((lease): Bar<Lease> => {
      const toMs = lease.from_ms + lease.took_ms;
      const bar = { fromMs: Math.min(toMs, Math.max(endMs, lease.from_ms)), toMs, lease };
      endMs = Math.max(endMs, toMs);
      return bar;
    });
  return { worker, slot, bars, busyMs: bars.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) };
}

/** The place of the first bar that ends after a time: with those behind it, all that may be seen from there on. */
export function firstAfter(bars: readonly Pick<Bar, 'toMs'>[], atMs: number): number {
  let [from, to] = [0, bars.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (bars[middle]!.toMs <= atMs) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The bar at a time, or the nearest one within `withinMs`. */
export function barAt<Lease extends AnsweredLease>(
  bars: readonly Bar<Lease>[],
  atMs: number,
  withinMs: number,
): Bar<Lease> | null {
  const next = firstAfter(bars, atMs);
  const distance = (bar: Pick<Bar, 'fromMs' | 'toMs'>): number => Math.max(bar.fromMs - atMs, atMs - bar.toMs, 0);
  const [nearest] = bars.slice(Math.max(0, next - 1), next + 1).sort((one, other) => distance(one) - distance(other));
  return nearest && distance(nearest) <= withinMs ? nearest : null;
}

/** The longest time between two bars of a lane. */
export function longestGapMs({ bars }: Lane): number {
  return bars.reduce((longest, { fromMs }, at) => Math.max(longest, at === 0 ? 0 : fromMs - bars[at - 1]!.toMs), 0);
}
