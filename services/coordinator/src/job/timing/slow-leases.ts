/** The leases of a job that took longest, the longest first. Invariant: at most `SLOW_MAX`. */
const SLOW_MAX = 5;

export interface SlowLease {
  begin: number;
  end: number;
  worker: string;
  slot: number;
  fromMs: number;
  tookMs: number;
}

export function withSlow(
  slowest: readonly SlowLease[],
  { begin, end, worker, slot }: Omit<SlowLease, 'fromMs' | 'tookMs'>,
  fromMs: number,
  tookMs: number,
): readonly SlowLease[] {
  if (tookMs === 0 || (slowest.length === SLOW_MAX && tookMs <= slowest.at(-1)!.tookMs)) return slowest;
  const all = [...slowest, { begin, end, worker, slot, fromMs, tookMs }];
  return all.sort((a, b) => b.tookMs - a.tookMs).slice(0, SLOW_MAX);
}
