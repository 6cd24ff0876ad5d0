/**
 * What a job logs: its newest lines over REST, then each as it comes over the bridge, while it is followed.
 *
 *   read ──follow──▶ live ──unfollow──▶ read (what came meanwhile is read once more)
 *
 * Invariant: a line is held once, whichever way it came, and none is missing between two that are held, but for what the job logged faster than is kept; an
 * older page never pushes a newer line away without `atEnd` turning false.
 */
import type { LogLine } from '@manyhands/proto';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import type { BridgeFrame } from '../bridge-frame.ts';
import { bridge } from '../bridge.svelte.ts';
import { linesMost, mergedLines, newestLines, type HeldLines } from './log-lines.ts';

const pageSize = 200;

export class JobLog {
  held = $state.raw<HeldLines>({ lines: [], older: false });
  /** Whether it was read at all. */
  known = $state(false);
  problem = $state<string | null>(null);
  loadingOlder = $state(false);
  /** Whether the newest line is held; not while so many older ones are read that it left. */
  atEnd = $state(true);

  readonly #stopped = new AbortController();
  #unlisten: (() => void) | null = null;

  constructor(readonly jobId: string) {}

  start(): void {
    void this.load();
  }

  stop(): void {
    this.#stopped.abort();
    this.#unlisten?.();
    this.#unlisten = null;
  }

  /** The newest lines, with those that came live meanwhile. */
  async load(): Promise<void> {
    const page = await this.#page({ limit: pageSize });
    if (!page) return;
    this.held = newestLines(this.atEnd ? this.held.lines : [], page);
    this.atEnd = true;
    this.known = true;
  }

  async loadOlder(): Promise<void> {
    const before = this.held.lines[0]?.id;
    if (this.loadingOlder || before === undefined) return;
    this.loadingOlder = true;
    const page = await this.#page({ limit: pageSize, before });
    this.loadingOlder = false;
    if (!page) return;
    if (this.held.lines.length + page.lines.length > linesMost) this.atEnd = false;
    this.held = mergedLines({ ...this.held, older: page.prev_cursor !== null }, page.lines, 'oldest');
  }

  follow(): void {
    this.#unlisten ??= bridge.listen(
      { logs: this.jobId },
      { restart: () => void this.#loadNewer(), frames: (frames) => this.#take(frames) },
    );
  }

  /** What was stored in the last moment, or while it was not followed, is read. */
  unfollow(): void {
    if (!this.#unlisten) return;
    this.#unlisten();
    this.#unlisten = null;
    void this.#loadNewer();
  }

  async #loadNewer(): Promise<void> {
    const after = this.held.lines.at(-1)?.id;
    if (after === undefined) return this.load();
    if (!this.atEnd) return;
    const page = await this.#page({ limit: 5 * pageSize, after });
    if (!page) return;
    // More than that was logged while it was away, and the newest lines are here already: those in between are read on demand.
    if (page.next_cursor !== null) return this.load();
    this.held = mergedLines(this.held, page.lines);
  }

  #take(frames: readonly BridgeFrame[]): void {
    this.known = true;
    if (!this.atEnd) return;
    const came = frames
      .filter(({ value }) => value !== '')
      .map(({ head, value }) => {
        const { v: _v, type: _type, job_id: _job, ...line } = JSON.parse(value) as LogLine;
        return { ...line, id: String(head.revision) };
      });
    this.held = mergedLines(this.held, came);
  }

  async #page(query: { limit: number; before?: string; after?: string }) {
    const { signal } = this.#stopped;
    this.problem = null;
    try {
      const page = await api.logPage(this.jobId, query, { signal });
      return signal.aborted ? null : page;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
      return null;
    }
  }
}
