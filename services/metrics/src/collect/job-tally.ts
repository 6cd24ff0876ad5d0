/**
 * How many jobs of the `jobs` bucket are in which state, and how many chunks of each kind are left to compute.
 *
 * Invariant: a job counts once, in its newest state. The bucket removes a key some time after its last write without a
 * message, so the tally forgets it too: entries stand in the order of their last write, and the old ones are at the front.
 */
import { BUCKETS, JOB_STATUSES, type JobStatus, type JobView } from '@manyhands/proto';

const decoder = new TextDecoder();

interface Counted {
  readonly status: JobStatus;
  readonly kind: string;
  /** Chunks that workers could still compute: none of a job that is paused or over. */
  readonly left: number;
}

export class JobTally {
  readonly #jobs = new Map<string, Counted & { writtenAtMs: number }>();
  readonly #counts = new Map<JobStatus, number>(JOB_STATUSES.map((status) => [status, 0]));
  readonly #left = new Map<string, number>();
  readonly #keptMs: number;

  constructor(keptMs: number = BUCKETS.jobs.ttlMs) {
    this.#keptMs = keptMs;
  }

  /** `value` is the stored view, undefined when the key is gone. */
  note(key: string, value: Uint8Array | undefined, writtenAtMs: number): void {
    this.#forget(key);
    const counted = value && countedOf(value);
    if (!counted) return;
    this.#jobs.set(key, { ...counted, writtenAtMs });
    this.#add(counted, 1);
  }

  /** Jobs by status, each status named. */
  counts(nowMs: number): Record<JobStatus, number> {
    for (const [key, { writtenAtMs }] of this.#jobs) {
      if (nowMs - writtenAtMs <= this.#keptMs) break;
      this.#forget(key);
    }
    return Object.fromEntries(this.#counts) as Record<JobStatus, number>;
  }

  /** Chunks left by kind, of every kind that any job in the bucket has. Ask for the counts first: they forget what is old. */
  get chunksLeft(): ReadonlyMap<string, number> {
    return this.#left;
  }

  #forget(key: string): void {
    const known = this.#jobs.get(key);
    if (!known) return;
    this.#jobs.delete(key);
    this.#add(known, -1);
  }

  #add({ status, kind, left }: Counted, sign: 1 | -1): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + sign);
    this.#left.set(kind, (this.#left.get(kind) ?? 0) + sign * left);
  }
}

/** Undefined for what is no view. Nothing else of it is looked at: a view may be kilobytes, and every view of every job comes by here. */
function countedOf(value: Uint8Array): Counted | undefined {
  try {
    const view = JSON.parse(decoder.decode(value)) as Partial<Record<keyof JobView, unknown>>;
    const status = JOB_STATUSES.find((known) => known === view.status);
    if (status === undefined) return undefined;
    const isWaiting = status === 'pending' || status === 'running';
    const left = Number(view.total_chunks) - Number(view.completed_chunks) - Number(view.failed_chunks);
    return { status, kind: String(view.kind), left: isWaiting && left > 0 ? left : 0 };
  } catch {
    return undefined;
  }
}
