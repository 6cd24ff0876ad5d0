/** Remembers jobs whose leases need not be computed any more, the newest so many. Cancelling is final, so nothing is ever taken back. */
const REMEMBERED_MAX = 10_000;

export class CancelledJobs {
  readonly #jobs = new Set<string>();
  readonly #max: number;

  constructor(max = REMEMBERED_MAX) {
    this.#max = max;
  }

  add(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#jobs.add(jobId);
    if (this.#jobs.size > this.#max) this.#jobs.delete(this.#jobs.values().next().value!);
  }

  has(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }
}
