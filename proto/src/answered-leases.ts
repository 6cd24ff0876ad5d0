/** Writes and reads a page of answered leases. Pure, and without schemas, so that a page in a browser can read it too. */

export const LEASE_OPS = ['compute', 'merge'] as const;
export const LEASE_OUTCOMES = ['computed', 'failed', 'returned', 'lost', 'ignored'] as const;

/** What became of one lease. */
export interface AnsweredLease {
  op: (typeof LEASE_OPS)[number];
  begin: number;
  end: number;
  attempt: number;
  worker: string;
  slot: number;
  /** Milliseconds since the submission. */
  from_ms: number;
  took_ms: number;
  outcome: (typeof LEASE_OUTCOMES)[number];
  failed_chunks: number;
}

/** As in a page: op, worker and outcome are places in lists. */
type PackedLease = [number, number, number, number, number, number, number, number, number, number];

interface Packed {
  workers: string[];
  leases: PackedLease[];
}

export function packedLeases(leases: readonly AnsweredLease[]): Packed {
  const places = new Map<string, number>();
  const placeOf = (worker: string): number => {
    const place = places.get(worker) ?? places.size;
    places.set(worker, place);
    return place;
  };
  return {
    leases: leases.map((lease) => [
      LEASE_OPS.indexOf(lease.op),
      lease.begin,
      lease.end,
      lease.attempt,
      placeOf(lease.worker),
      lease.slot,
      lease.from_ms,
      lease.took_ms,
      LEASE_OUTCOMES.indexOf(lease.outcome),
      lease.failed_chunks,
    ]),
    workers: [...places.keys()],
  };
}

/** Those that state a worker and an outcome which are known here. */
export function unpackedLeases({ workers, leases }: Packed): AnsweredLease[] {
  return leases.flatMap(([op, begin, end, attempt, place, slot, from_ms, took_ms, how, failed_chunks]) => {
    const [worker, outcome] = [workers[place], LEASE_OUTCOMES[how]];
    if (worker === undefined || outcome === undefined) return [];
    return [{ op: LEASE_OPS[op] ?? 'compute', begin, end, attempt, worker, slot, from_ms, took_ms, outcome, failed_chunks }];
  });
}
