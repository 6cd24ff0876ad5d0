/**
 * Ends metrics in order: the collector first, then, once Nest has stopped the consumers, the database and the connection they used.
 */
import type { Broker } from '@manyhands/nats';
import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { Collector } from './collect/collector.ts';
import type { History } from './history/history.ts';
import type { RecordCopies } from './history/record-copies.ts';

export class Drain implements OnModuleDestroy, OnApplicationShutdown {
  readonly #collector: Collector;
  readonly #history: History;
  readonly #copies: RecordCopies;
  readonly #broker: Broker;
  readonly #stopping = new AbortController();

  constructor(collector: Collector, history: History, copies: RecordCopies, broker: Broker) {
    this.#collector = collector;
    this.#history = history;
    this.#copies = copies;
    this.#broker = broker;
  }

  /** Ends what is still being tried. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Why it does not count now. */
  get problem(): string | undefined {
    return this.#broker.problem ?? this.#history.problem;
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    this.#broker.hurry();
    await Promise.all([this.#collector.stop(), this.#copies.stop()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#history.close();
    await this.#broker.close();
  }
}
