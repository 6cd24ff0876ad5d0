/** Keeps history up with dead letters and logs, from the start of the service to its end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@manyhands/observe';
import type { RecordCopy } from './record-copy.ts';

const restMs = 2_000;

export class RecordCopies {
  readonly #copies: readonly RecordCopy[];
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(copies: readonly RecordCopy[], log: Logger) {
    this.#copies = copies;
    this.#log = log;
  }

  /** Once the tables are there. */
  start(): void {
    this.#running = Promise.all(this.#copies.map((copy) => this.#run(copy)));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(copy: RecordCopy): Promise<void> {
    const { signal } = this.#stopping;
    let failed = false;
    while (!signal.aborted) {
      try {
        const hasMore = await copy.copySome();
        failed = false;
        if (hasMore) continue;
      } catch (error) {
        if (!failed && !signal.aborted)
          this.#log.warn({ err: error }, 'dead letters and logs cannot be copied to history; metrics tries again');
        failed = true;
      }
      await pause(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
