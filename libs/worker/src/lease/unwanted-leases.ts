/** Remembers which leases need not be computed any more, because their job is over for now or for good, or because they are answered already. */
import { roundOf, type CancelLeases, type ComputeLease } from '@manyhands/proto';
import { keyOf } from './held-lease.ts';

const REMEMBERED_MAX = 10_000;

/** Holds the newest so many names. */
export class RecentNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max = REMEMBERED_MAX) {
    this.#max = max;
  }

  add(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    if (this.#names.size > this.#max) this.#names.delete(this.#names.values().next().value!);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}

export class UnwantedLeases {
  readonly #rounds = new RecentNames();
  /** Leases whose result is stored, or that of another lease on their span. */
  readonly #answered = new RecentNames();

  /** What a cancel rules out forever: one lease, or the rounds of a job unless it is only paused. */
  cancel({
    job_id: jobId,
    round = 0,
    for_now: forNow,
    lease,
  }: Pick<CancelLeases, 'job_id' | 'round' | 'for_now' | 'lease'>): void {
    if (lease !== undefined) this.#answered.add(`${jobId} ${lease}`);
    else for (let past = 0; !forNow && past <= round; past += 1) this.#rounds.add(roundName(jobId, past));
  }

  answered(key: string): void {
    this.#answered.add(key);
  }

  has(lease: ComputeLease): boolean {
    return this.#rounds.has(roundName(lease.job_id, roundOf(lease.task.attempt))) || this.#answered.has(keyOf(lease));
  }
}

function roundName(jobId: string, round: number): string {
  return `${jobId} ${round}`;
}
