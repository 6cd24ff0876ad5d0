/**
 * A live list of jobs: pages over REST, changes over the bridge.
 *
 * Always true: frames that arrive while a page is on its way wait for it, so that no change falls between the two. A new connection
 * replays only the newest page of jobs, so all that is on show is read again then.
 */
import type { JobView } from '@manyhands/proto';
import { fetchJobs, type JobFilter } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { jobIdOf, type BridgeFrame } from '../bridge-frame.ts';
import { bridge } from '../bridge.svelte.ts';
import { fetchNewest } from './newest-jobs.ts';
import { concerns, extendedRows, updatedRows, type Rows } from './rows.ts';

export class JobList {
  rows = $state.raw<Rows>({ jobs: [], cursor: null });
  loading = $state(true);
  problem = $state<string | null>(null);

  #waiting: BridgeFrame[] = [];
  #asking = false;
  /** Where the page that was asked for last starts; null for the beginning. */
  #asked: string | null = null;
  #stopped = new AbortController();
  #unlisten: (() => void) | null = null;

  constructor(
    readonly filter: JobFilter,
    readonly pageSize: number,
  ) {}

  start(): void {
    void this.#load(null);
    this.#unlisten = bridge.listen('jobs', {
      restart: () => {
        if (!this.#asking) void this.#load(null);
      },
      frames: (frames) => this.#take(frames),
    });
  }

  stop(): void {
    this.#stopped.abort();
    this.#unlisten?.();
  }

  loadMore(): void {
    if (this.rows.cursor !== null && !this.#asking) void this.#load(this.rows.cursor);
  }

  retry(): void {
    if (!this.#asking) void this.#load(this.#asked);
  }

  async #load(cursor: string | null): Promise<void> {
    this.#asking = true;
    this.#asked = cursor;
    this.loading = true;
    this.problem = null;
    try {
      const fetchPage = (limit: number, after: string | null) => fetchJobs(this.filter, limit, after, this.#stopped.signal);
      if (cursor === null) this.rows = await fetchNewest(Math.max(this.pageSize, this.rows.jobs.length), fetchPage);
      else {
        const page = await fetchPage(this.pageSize, cursor);
        this.rows = extendedRows(this.rows, { jobs: page.jobs, cursor: page.next_cursor });
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.problem = sentenceOf(error);
    } finally {
      this.#asking = false;
      this.loading = false;
    }
    this.#take(this.#waiting.splice(0));
  }

  #take(frames: BridgeFrame[]): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#asking) {
      this.#waiting.push(...frames);
      return;
    }
    const updates = frames
      .map(({ head, value }) => ({ id: jobIdOf(head.key), value }))
      .filter(({ id }) => concerns(this.rows, id))
      .map(({ id, value }) => ({ id, view: value === '' ? null : (JSON.parse(value) as JobView) }));
    if (updates.length > 0) this.rows = updatedRows(this.rows, updates, this.filter);
  }
}
