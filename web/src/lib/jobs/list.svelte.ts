/**
 * A live list of jobs: pages over REST, changes over the bridge.
 *
 * Invariant: frames that arrive while a page is on its way wait for it, so that no change falls between the two. A new connection
 * replays only the newest page of jobs, so all that is on show is read again then. While it is held nothing moves: new jobs are only counted.
 * While it is not, it holds twice its page at most.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { JobView } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { jobIdOf, type BridgeFrame } from '../bridge-frame.ts';
import { bridge } from '../bridge.svelte.ts';
import { searchOf, type ListFilter } from './filter-address.ts';
import { fetchJobs, type FetchPage } from './newest-jobs.ts';
import { concerns, extendedRows, heldRows, idBehind, trimmedRows, updatedRows, type Rows } from './rows.ts';

/** As many new jobs are counted one by one: those of one page. */
export const freshMost = limits.pageSizeMax;

export class JobList {
  rows = $state.raw<Rows>({ jobs: [], cursor: null });
  loading = $state(true);
  problem = $state<string | null>(null);
  /** Jobs that came while the list was held, as far as they are counted. */
  get freshCount(): number {
    return this.#fresh.size;
  }

  #held = false;
  /** What is on its way is no longer what is wanted: all is read again behind it. */
  #again = false;
  readonly #fresh = new SvelteSet<string>();
  #waiting: BridgeFrame[] = [];
  #first = Promise.resolve();
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
    this.#first = this.#load(null);
    this.#unlisten = bridge.listen('jobs', {
      restart: () => this.#restart(),
      frames: (frames) => this.#take(frames),
    });
    return () => this.stop();
  }

  stop(): void {
    this.#stopped.abort();
    this.#unlisten?.();
  }

  /** Held, with as many rows as were on show when its user left, for who comes back to them. */
  async reach(count: number): Promise<void> {
    this.hold(true);
    await this.#first;
    while (this.rows.jobs.length < count && this.rows.cursor !== null && this.problem === null && !this.#stopped.signal.aborted)
      await this.#load(this.rows.cursor, Math.min(limits.pageSizeMax, count - this.rows.jobs.length));
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

  /** All on show is read again, behind what is on its way; but what the first connection finds on its way is the newest page, which it replays itself. */
  #restart(): void {
    if (!this.#asking) void this.#load(null);
    else if (this.#held || this.#asked !== null) this.#again = true;
  }

  #show({ rows, fresh }: { rows: Rows; fresh: readonly string[] }): void {
    this.rows = rows;
    for (const id of fresh) if (this.#fresh.size < freshMost) this.#fresh.add(id);
  }

  /** The newest page; while it is held all that is on show, however many came above it since, and those. */
  async #read(fetchPage: FetchPage): Promise<{ rows: Rows; fresh: readonly string[] }> {
    const top = this.rows.jobs[0]?.job_id;
    if (!this.#held || top === undefined) {
      const newest = await fetchJobs(this.pageSize, fetchPage);
      // Somebody may have begun to read meanwhile.
      if (!this.#held || top === undefined) return { rows: newest, fresh: [] };
    }
    const [rows, newest] = await Promise.all([
      fetchJobs(Math.max(this.pageSize, this.rows.jobs.length), fetchPage, idBehind(top)),
      fetchPage(limits.pageSizeMax, null),
    ]);
    return { rows, fresh: newest.jobs.map((job) => job.job_id).filter((id) => id > top) };
  }

  async #load(cursor: string | null, most = this.pageSize): Promise<void> {
    this.#asking = true;
    this.#asked = cursor;
    this.loading = true;
    this.problem = null;
    try {
      const search = searchOf(this.filter);
      const fetchPage: FetchPage = (limit, after) =>
        api.list({ ...search, limit, cursor: after ?? undefined }, { signal: this.#stopped.signal });
      if (cursor === null) this.#show(await this.#read(fetchPage));
      else {
        const page = await fetchPage(most, cursor);
        this.rows = extendedRows(this.rows, { jobs: page.jobs, cursor: page.next_cursor });
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.problem = sentenceOf(error);
    } finally {
      this.#asking = false;
      this.loading = false;
    }
    this.#take(this.#waiting.splice(0));
    if (!this.#again) return;
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
