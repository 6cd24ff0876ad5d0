/** The first lines of a job that is over. Read once, and again when asked to: they do not change. */
import { api, type ResultLine } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';

const shownMost = 100;

export class FirstLines {
  /** Null before the answer. */
  lines = $state.raw<readonly ResultLine[] | null>(null);
  problem = $state<string | null>(null);

  readonly #stopped = new AbortController();

  constructor(readonly jobId: string) {}

  start(): void {
    void this.#load();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #load(): Promise<void> {
    this.problem = null;
    const { signal } = this.#stopped;
    try {
      const lines = await Array.fromAsync(api.results(this.jobId, { limit: shownMost, signal }));
      if (!signal.aborted) this.lines = lines;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    }
  }
}
