/**
 * Waits for jobs to finish on behalf of requests with `?wait=`.
 *
 *   waiting ──final view──▶ its bytes        waiting ──time is up, the client left, the gateway drains──▶ undefined
 *
 * Invariant: it receives of a job from the feed that is there anyway, so a wait costs a timer and two entries in a map.
 */
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf, isLast } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { mayRunAgain } from '../mirror/requeued-view.ts';

@Injectable()
export class JobWait implements BeforeApplicationShutdown {
  readonly #ends = new Set<() => void>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  beforeApplicationShutdown(): void {
    for (const end of [...this.#ends]) end();
  }

  /** Requests that wait now. */
  get count(): number {
    return this.#ends.size;
  }

  /** The final view as it is stored; undefined when it does not come in time. Throws `unavailable`. */
  async final(tenant: string, jobId: string, waitMs: number, left: AbortSignal): Promise<Uint8Array | undefined> {
    const known = this.feeds.jobs.get(keys.job(tenant, jobId));
    const runsAgain = known !== undefined && isLast(known) && !(await this.#isOver(tenant, jobId, known));
    const last = await this.#last(keys.job(tenant, jobId), runsAgain ? known : undefined, waitMs, left);
    if (last === undefined) return undefined;
    return last.value ?? (await this.views.load(tenant, jobId))?.value;
  }

  /** A job that may run again may have been requeued, on any gateway. */
  async #isOver(tenant: string, jobId: string, known: FeedEntry): Promise<boolean> {
    const digest = digestOf(known);
    if (digest === undefined || !mayRunAgain(digest)) return true;
    const now = await this.views.load(tenant, jobId);
    return now === undefined || isLast(now);
  }

  /** `before`: an end that is no more. */
  #last(key: string, before: FeedEntry | undefined, waitMs: number, left: AbortSignal): Promise<FeedEntry | undefined> {
    const feed = this.feeds.jobs;
    const now = feed.get(key);
    if (now !== undefined && now !== before && isLast(now)) return Promise.resolve(now);
    return new Promise((resolve) => {
      const end = (entry?: FeedEntry): void => {
        clearTimeout(timer);
        unlisten();
        this.#ends.delete(giveUp);
        left.removeEventListener('abort', giveUp);
        resolve(entry);
      };
      const giveUp = (): void => end();
      const unlisten = feed.listenTo(key, (entry) => isLast(entry) && end(entry));
      const timer = setTimeout(giveUp, waitMs);
      this.#ends.add(giveUp);
      left.addEventListener('abort', giveUp);
      if (left.aborted) giveUp();
    });
  }
}
