/**
 * A live list of jobs: pages over REST, changes over the bridge.
 *
 * Invariant: frames that arrive while a page is on its way wait for it, so that no change falls between the two. A new connection
 * replays only the newest page of jobs, so all that is on show is read again then. While it is held nothing moves: new jobs are only counted.
 * While it is not, it holds twice its page at most.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { JobView } from '@manyhands/proto';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { jobIdOf, type BridgeFrame } from '../bridge-frame.ts';
import { bridge } from '../bridge.svelte.ts';
import { searchOf, type ListFilter } from './filter-address.ts';
import { fetchNewest } from './newest-jobs.ts';
import { concerns, extendedRows, heldBelow, heldRows, trimmedRows, updatedRows, type Rows } from './rows.ts';

/** More new jobs than this are not counted one by one. */
export const freshMost = 999;

export class JobList {
  rows = $state.raw<Rows>({ jobs: [], cursor: null });
  loading = $state(true);
  problem = $state<string | null>(null);
  /** Jobs that came while the list was held, as far as they are counted. */
  get freshCount(): number {
    return this.#fresh.size;
  }

  #held = false;
  /** What is on its way is no longer what is wanted. */
  #again = false;
  readonly #fresh = new SvelteSet<string>();
  #waiting: BridgeFrame[] = [];
  #asking = false;
  /** Where the page that was asked for last starts; null for the beginning. */
  #asked: string | null = null;
  #stopped = new AbortController();
  #unlisten: (() => void) | null = null;

  constructor(
    readonly filter: ListFilter,
    readonly pageSize: number,
  ) {}

  /** Returns how to stop. */
  start(): () => void {
    void this.#load(null);
    this.#unlisten = bridge.listen('jobs', {
      restart: () => {
        if (!this.#asking) void this.#load(null);
      },
      frames: (frames) => this.#take(frames),
    });
    return () => this.stop();
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

  /** Held: somebody reads further down. Let go, it starts anew with the newest page. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) return;
    this.#fresh.clear();
    if (this.#asking) this.#again = true;
    else void this.#load(null);
  }

  #show({ rows, fresh }: { rows: Rows; fresh: readonly string[] }): void {
    this.rows = rows;
    for (const id of fresh) if (this.#fresh.size < freshMost) this.#fresh.add(id);
  }

  async #load(cursor: string | null): Promise<void> {
    this.#asking = true;
    this.#asked = cursor;
    this.loading = true;
    this.problem = null;
    try {
      const search = searchOf(this.filter);
      const fetchPage = (limit: number, after: string | null) =>
        api.list({ ...search, limit, cursor: after ?? undefined }, { signal: this.#stopped.signal });
      const top = this.rows.jobs[0]?.job_id;
      if (cursor === null) {
        const newest = await fetchNewest(this.#held ? Math.max(this.pageSize, this.rows.jobs.length) : this.pageSize, fetchPage);
        this.#show(this.#held && top !== undefined ? heldBelow(newest, top) : { rows: newest, fresh: [] });
      } else {
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
    if (!this.#again || this.#held) return;
    this.#again = false;
    await this.#load(null);
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
    if (updates.length === 0) return;
    if (this.#held) return this.#show(heldRows(this.rows, updates, this.filter));
    const rows = updatedRows(this.rows, updates, this.filter);
    this.rows = rows.jobs.length > 2 * this.pageSize ? trimmedRows(rows, this.pageSize) : rows;
  }
}
