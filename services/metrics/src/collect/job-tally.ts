/**
 * How many jobs of the `jobs` bucket are in which state.
 *
 * Invariant: a job counts once, in its newest state. The bucket removes a key some time after its last write without a
 * message, so the tally forgets it too: entries stand in the order of their last write, and the old ones are at the front.
 */
import { BUCKETS, JOB_STATUSES, type JobStatus } from '@manyhands/proto';

const decoder = new TextDecoder();

export class JobTally {
  readonly #jobs = new Map<string, { status: JobStatus; writtenAtMs: number }>();
  readonly #counts = new Map<JobStatus, number>(JOB_STATUSES.map((status) => [status, 0]));
  readonly #keptMs: number;

  constructor(keptMs: number = BUCKETS.jobs.ttlMs) {
    this.#keptMs = keptMs;
  }

  /** `value` is the stored view, undefined when the key is gone. */
  note(key: string, value: Uint8Array | undefined, writtenAtMs: number): void {
    this.#forget(key);
    const status = value && statusOf(value);
    if (!status) return;
    this.#jobs.set(key, { status, writtenAtMs });
    this.#add(status, 1);
  }

  /** Jobs by status, each status named. */
  counts(nowMs: number): Record<JobStatus, number> {
    for (const [key, { writtenAtMs }] of this.#jobs) {
      if (nowMs - writtenAtMs <= this.#keptMs) break;
      this.#forget(key);
    }
    return Object.fromEntries(this.#counts) as Record<JobStatus, number>;
  }

  #forget(key: string): void {
    const known = this.#jobs.get(key);
    if (!known) return;
    this.#jobs.delete(key);
    this.#add(known.status, -1);
  }

  #add(status: JobStatus, difference: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + difference);
  }
}

/** Only the status is looked at: a view may be kilobytes, and every view of every job comes by here. */
function statusOf(value: Uint8Array): JobStatus | undefined {
  try {
    const view = JSON.parse(decoder.decode(value)) as { status?: unknown };
    return JOB_STATUSES.find((status) => status === view.status);
  } catch {
    return undefined;
  }
}
