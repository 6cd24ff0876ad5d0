/**
 * Finished jobs, page by page, as of when the page was opened: what has finished changes no more.
 *
 * Invariant: one page is on its way at a time; a failed page leaves what is shown, and is asked for again by `loadMore`.
 */
import { session } from '../account/session.svelte.ts';
import type { FinishedJob } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { present } from '../server-time.ts';
import { searchOf, type HistoryFilter } from './history-filter.ts';

export class HistoryList {
  jobs = $state.raw<readonly FinishedJob[]>([]);
  /** Where the next page starts; null when all are loaded. */
  cursor = $state<string | null>(null);
  loading = $state(true);
  problem = $state<string | null>(null);

  readonly #stopped = new AbortController();
  readonly #openedMs = present();

  constructor(
    readonly filter: HistoryFilter,
    readonly pageSize: number,
  ) {}

  start(): void {
    void this.#load();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** The next page, or the one that failed. */
  loadMore(): void {
    if (!this.loading) void this.#load();
  }

  async #load(): Promise<void> {
    this.loading = true;
    this.problem = null;
    const { signal } = this.#stopped;
    try {
      const page = await session.clientOf(this.filter.tenant).history(
        {
          ...searchOf(this.filter, this.#openedMs),
          limit: this.pageSize,
          cursor: this.cursor ?? undefined,
        },
        { signal },
      );
      if (signal.aborted) return;
      this.jobs = [...this.jobs, ...page.jobs];
      this.cursor = page.next_cursor;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = sentenceOf(error);
    }
    this.loading = false;
  }
}
