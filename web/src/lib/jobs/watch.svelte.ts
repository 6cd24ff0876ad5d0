/**
 * One job, live: its first view over REST, then every newer one over the bridge.
 *
 * Invariant: within a connection the shown revision only rises; what REST answers is older than any frame.
 */
import type { JobView } from '@manyhands/proto';
import { api } from '../api.ts';
import { isNone, sentenceOf } from '../api-problem.ts';
import { bridge } from '../bridge.svelte.ts';
import { LiveValues } from '../live-values.ts';

export class JobWatch {
  view = $state.raw<JobView | null>(null);
  /** When the view came in (ms, performance clock): a running clock counts on from there. */
  receivedAt = $state(0);
  missing = $state(false);
  problem = $state<string | null>(null);

  readonly #live = new LiveValues<JobView>();
  readonly #stopped = new AbortController();
  #unlisten: (() => void) | null = null;
  #fromBridge = false;

  constructor(readonly id: string) {}

  start(): void {
    void this.load();
    this.#unlisten = bridge.listen(
      { job: this.id },
      {
        restart: () => {
          this.#live.restart();
          if (this.problem || this.missing) void this.load();
        },
        frames: (frames) => {
          for (const frame of frames) {
            if (!this.#live.offer(frame)) continue;
            const view = this.#live.get(frame.head.key);
            if (view) this.#show(view);
            else this.missing = true;
            this.#fromBridge = true;
          }
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
      if (!this.#fromBridge) this.#show(view);
    } catch (error) {
      if (this.#stopped.signal.aborted || this.#fromBridge) return;
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
