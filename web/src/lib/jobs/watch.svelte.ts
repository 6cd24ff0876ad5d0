/**
 * One job, live: its first view over REST, then over the bridge each newer one, most of them as what changed.
 *
 * Invariant: within a connection the shown state only becomes newer; what REST answers is older than any frame.
 */
import type { JobView } from '@manyhands/proto';
import { api } from '../api.ts';
import { isNone, sentenceOf } from '../api-problem.ts';
import { bridge } from '../bridge.svelte.ts';
import { heldAfter } from './held-view.ts';

export class JobWatch {
  view = $state.raw<JobView | null>(null);
  /** When the view came in (ms, performance clock): a running clock counts on from there. */
  receivedAt = $state(0);
  missing = $state(false);
  problem = $state<string | null>(null);

  readonly #stopped = new AbortController();
  #unlisten: (() => void) | null = null;
  /** What came over the bridge; undefined: nothing yet. */
  #held: JobView | null | undefined;

  constructor(readonly id: string) {}

  start(): void {
    void this.load();
    this.#unlisten = bridge.listen(
      { job: this.id },
      {
        restart: () => {
          if (this.problem || this.missing) void this.load();
        },
        frames: (frames) => {
          for (const frame of frames) this.#held = heldAfter(this.#held ?? null, frame);
          if (this.#held) this.#show(this.#held);
          else this.missing = true;
        },
      },
    );
  }

  stop(): void {
    this.#stopped.abort();
    this.#unlisten?.();
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      const view = await api.get(this.id, { signal: this.#stopped.signal });
      if (this.#held === undefined) this.#show(view);
    } catch (error) {
      if (this.#stopped.signal.aborted || this.#held !== undefined) return;
      if (isNone(error)) this.missing = true;
      else this.problem = sentenceOf(error);
    }
  }

  #show(view: JobView): void {
    this.view = view;
    this.receivedAt = performance.now();
    this.missing = false;
    this.problem = null;
  }
}
