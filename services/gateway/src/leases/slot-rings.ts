/**
 * The newest answered leases of each slot, of all jobs. Pure.
 *
 * Pages are stored again and again while they fill, so of each job it is known how many of its leases are here already.
 *
 * Invariant: at most `limits.clusterSlotsMax` slots with `limits.clusterLeasesPerSlotMax` leases each; of a slot they are in the order of their sequences.
 */
import { limits, type AnsweredLeases, type Answer } from '@manyhands/proto';
import { packedLeases, unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';

type JobPart = Answer<'ClusterLeases'>['jobs'][number];

interface Kept {
  /** In ANSWERED, of the page that first had it. */
  sequence: number;
  job: Pick<JobPart, 'job_id' | 'kind' | 'submitted_at'>;
  lease: AnsweredLease;
}

/** Jobs of which it is known how many leases are here; one that is forgotten while it runs comes to some twice. */
const JOBS_KNOWN_MAX = 5_000;

export class SlotRings {
  readonly #slots = new Map<string, Kept[]>();
  /** How many leases of a job were taken, the job that changed last at the end. */
  readonly #taken = new Map<string, number>();
  #last = 0;

  /** Of the newest page taken. */
  get last(): number {
    return this.#last;
  }

  /** Takes what is new in a page. One of a release that does not state since when its times count has nothing. */
  add(sequence: number, page: AnsweredLeases): void {
    if (sequence <= this.#last) this.#begin();
    this.#last = sequence;
    const { job_id, kind, submitted_at, first, workers, leases } = page;
    if (kind === undefined || submitted_at === undefined) return;
    const known = this.#taken.get(job_id) ?? 0;
    const job = { job_id, kind, submitted_at };
    const fresh = leases.slice(Math.max(0, known - first));
    for (const lease of unpackedLeases({ workers, leases: fresh })) this.#put({ sequence, job, lease });
    this.#taken.delete(job_id);
    this.#taken.set(job_id, Math.max(known, first + leases.length));
    if (this.#taken.size > JOBS_KNOWN_MAX) dropFirst(this.#taken);
  }

  /** What came after a sequence and has ended at `fromMs` (milliseconds since 1970) or later, by job. */
  after(sequence: number, fromMs: number): JobPart[] {
    const jobs = new Map<string, Kept[]>();
    for (const ring of this.#slots.values())
      for (let at = ring.length - 1; at >= 0 && ring[at]!.sequence > sequence; at -= 1) {
        const kept = ring[at]!;
        if (Date.parse(kept.job.submitted_at) + kept.lease.from_ms + kept.lease.took_ms < fromMs) continue;
        const known = jobs.get(kept.job.job_id);
        if (known) known.push(kept);
        else jobs.set(kept.job.job_id, [kept]);
      }
    return [...jobs.values()].map((all) => ({ ...all[0]!.job, ...packedLeases(all.map(({ lease }) => lease)) }));
  }

  #put(kept: Kept): void {
    const name = `${kept.lease.worker}/${kept.lease.slot}`;
    const ring = this.#slots.get(name) ?? [];
    ring.push(kept);
    if (ring.length > limits.clusterLeasesPerSlotMax) ring.shift();
    this.#slots.delete(name);
    this.#slots.set(name, ring);
    if (this.#slots.size > limits.clusterSlotsMax) dropFirst(this.#slots);
  }

  /** The stream was created again. */
  #begin(): void {
    this.#slots.clear();
    this.#taken.clear();
  }
}

function dropFirst(map: Map<string, unknown>): void {
  const first = map.keys().next();
  if (first.done !== true) map.delete(first.value);
}
