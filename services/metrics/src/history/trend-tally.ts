/** Counts finished jobs by day, kind and status, one by one, in any order. Pure. */
import { DAY_MS, limits, utcDayStart, type JobTrends } from '@manyhands/proto';

type OfKind = JobTrends['kinds'][number];
type Ended = Omit<OfKind, 'kind' | 'p50_duration_sec' | 'p95_duration_sec'>;

/** What is read of a job. */
export interface CountedJob {
  submittedMs: number;
  kind: string;
  status: string;
  durationSec: number | null;
  chunks: number;
}

export class TrendTally {
  /** By days since the epoch, then by kind. */
  readonly #days = new Map<number, Map<string, Count>>();

  add({ submittedMs, kind, status, durationSec, chunks }: CountedJob): void {
    const day = Math.floor(submittedMs / DAY_MS);
    const kinds = this.#days.get(day) ?? new Map<string, Count>();
    this.#days.set(day, kinds);
    const count = kinds.get(kind) ?? new Count();
    kinds.set(kind, count);
    count.add(status, durationSec, chunks);
  }

  /** Of these days, each of which is there also without a job. */
  answer(days: readonly string[]): Pick<JobTrends, 'days' | 'kinds' | 'more_kinds'> {
    const ofDays = days.map((day) => ({ day, kinds: this.#days.get(utcDayStart(day) / DAY_MS) ?? new Map<string, Count>() }));
    const names = [...new Set(ofDays.flatMap(({ kinds }) => [...kinds.keys()]))];
    const whole = names.map((kind) => ({ kind, count: sumOf(ofDays.flatMap(({ kinds }) => kinds.get(kind) ?? [])) }));
    whole.sort((one, other) => other.count.jobs - one.count.jobs || (one.kind < other.kind ? -1 : 1));
    const apart = whole.slice(0, limits.trendKindsMax);
    return {
      days: ofDays.map(({ day, kinds }) => ({
        day,
        ...sumOf([...kinds.values()]).ended,
        kinds: apart.flatMap(({ kind }) => kinds.get(kind)?.ofKind(kind) ?? []),
      })),
      kinds: apart.map(({ kind, count }) => count.ofKind(kind)),
      more_kinds: whole.length > apart.length,
    };
  }
}

class Count {
  readonly #byStatus = { completed: 0, failed: 0, cancelled: 0 };
  /** Of completed jobs. */
  readonly #seconds: number[] = [];
  #chunks = 0;

  add(status: string, durationSec: number | null, chunks: number): void {
    if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') return;
    this.#byStatus[status] += 1;
    this.#chunks += chunks;
    if (status === 'completed' && durationSec !== null) this.#seconds.push(durationSec);
  }

  /** Adds all that another one counted. */
  take(other: Count): void {
    for (const status of ['completed', 'failed', 'cancelled'] as const) this.#byStatus[status] += other.#byStatus[status];
    this.#chunks += other.#chunks;
    for (const sec of other.#seconds) this.#seconds.push(sec);
  }

  get jobs(): number {
    return this.#byStatus.completed + this.#byStatus.failed + this.#byStatus.cancelled;
  }

  get ended(): Ended {
    const { completed, failed } = this.#byStatus;
    const decided = completed + failed;
    return { ...this.#byStatus, failure_share: decided === 0 ? null : failed / decided, chunks: this.#chunks };
  }

  ofKind(kind: string): OfKind {
    const sorted = Float64Array.from(this.#seconds).sort();
    return { kind, ...this.ended, p50_duration_sec: nearestRank(sorted, 50), p95_duration_sec: nearestRank(sorted, 95) };
  }
}

function sumOf(counts: readonly Count[]): Count {
  const sum = new Count();
  for (const count of counts) sum.take(count);
  return sum;
}

/** The smallest value that so many of 100 do not exceed; null of none. */
function nearestRank(sorted: Float64Array, percent: number): number | null {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? null;
}
