/**
 * How many jobs of each tenant are under way, and how many chunks they have, by the views this gateway follows.
 *
 * Reading a view costs time, so a view that has changed is read when its tenant is asked about. What other gateways have just accepted is not known here until
 * its first view is stored, milliseconds later. What this one is storing counts as well (`hold`), or many at the same time would each be the first.
 */
import { isFinal, parseJobKey } from '@manyhands/proto';
import type { BucketFeed } from '../mirror/bucket-feed.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { digestOf } from '../mirror/job-digest.ts';

export interface RunningUse {
  readonly jobs: number;
  readonly chunks: number;
}

interface TenantJobs {
  /** Chunks of each job that is under way, by key. */
  readonly running: Map<string, number>;
  /** What has changed since it was read. */
  readonly changed: Map<string, FeedEntry>;
  /** Chunks of each job that is being stored by this gateway, by key. */
  readonly held: Map<string, number>;
}

export class RunningJobs {
  readonly #tenants = new Map<string, TenantJobs>();

  /** `isCounted`: the tenants that are asked about. */
  constructor(feed: Pick<BucketFeed, 'listen'>, isCounted: (tenant: string) => boolean) {
    feed.listen((entry) => {
      const tenant = parseJobKey(entry.key)?.tenant;
      if (tenant === undefined || !isCounted(tenant)) return;
      this.#of(tenant).changed.set(entry.key, entry);
    });
  }

  /** Counts a job whose view is not there yet, until it is released. */
  hold(tenant: string, key: string, chunks: number): void {
    this.#of(tenant).held.set(key, chunks);
  }

  release(tenant: string, key: string): void {
    const jobs = this.#tenants.get(tenant);
    jobs?.held.delete(key);
    if (jobs && jobs.held.size + jobs.running.size + jobs.changed.size === 0) this.#tenants.delete(tenant);
  }

  of(tenant: string): RunningUse {
    const jobs = this.#tenants.get(tenant);
    if (jobs === undefined) return { jobs: 0, chunks: 0 };
    for (const [key, entry] of jobs.changed) {
      const digest = entry.gone ? undefined : digestOf(entry);
      if (digest === undefined || isFinal(digest.status)) jobs.running.delete(key);
      else jobs.running.set(key, digest.chunks ?? 0);
    }
    jobs.changed.clear();
    const counted = jobs.held.size === 0 ? jobs.running : new Map([...jobs.held, ...jobs.running]);
    if (counted.size === 0) this.#tenants.delete(tenant);
    return { jobs: counted.size, chunks: [...counted.values()].reduce((sum, count) => sum + count, 0) };
  }

  #of(tenant: string): TenantJobs {
    const jobs = this.#tenants.get(tenant) ?? { running: new Map(), changed: new Map(), held: new Map() };
    this.#tenants.set(tenant, jobs);
    return jobs;
  }
}
