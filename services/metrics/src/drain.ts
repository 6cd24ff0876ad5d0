/**
 * Ends metrics in order: the collector first, then, once Nest has stopped the consumers, the file and the connection they used.
 */
import type { Broker } from '@manyhands/nats';
import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { Collector } from './collect/collector.ts';
import type { History } from './history/history.ts';

export class Drain implements OnModuleDestroy, OnApplicationShutdown {
  readonly #collector: Collector;
  readonly #history: History;
  readonly #broker: Broker;
  readonly #stopping = new AbortController();

  constructor(collector: Collector, history: History, broker: Broker) {
    this.#collector = collector;
    this.#history = history;
    this.#broker = broker;
  }

  /** Ends what is still being tried. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Why it does not count now. */
  get problem(): string | undefined {
    return this.#broker.problem;
  }

  onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    this.#broker.hurry();
    return this.#collector.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#history.close();
    await this.#broker.close();
  }
}
