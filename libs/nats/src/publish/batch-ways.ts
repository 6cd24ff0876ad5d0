/** Stores a batch in the way that is faster on this server; knows what was measured over one connection. */
import type { NatsConnection } from '@nats-io/transport-node';
import { publishAtomic } from './atomic-batch.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { ATOMIC_MESSAGES_MIN, paceAfter, sizeClass, UNKNOWN_PACE, wayOf, type BatchPace } from './batch-pace.ts';
import { FastIngest } from './fast-ingest.ts';
import type { OutgoingMessage } from './outbox.ts';

export class BatchWays {
  readonly #connection: NatsConnection;
  readonly #paces = new Map<string, BatchPace>();
  #ingest: FastIngest | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** As `publishAtomic` and `ingest`. */
  async publish(stream: string, messages: readonly OutgoingMessage[]): Promise<BatchOutcome> {
    if (messages.length < ATOMIC_MESSAGES_MIN) return this.ingest(messages);
    const batches = `${stream} ${sizeClass(messages.length)}`;
    const way = wayOf(this.#paces.get(batches) ?? UNKNOWN_PACE);
    const sentAtMs = performance.now();
    const outcome = await (way === 'atomic' ? publishAtomic(this.#connection, messages) : this.ingest(messages));
    if (outcome.stored)
      this.#paces.set(batches, paceAfter(this.#paces.get(batches) ?? UNKNOWN_PACE, way, performance.now() - sentAtMs));
    return outcome;
  }

  ingest(messages: readonly OutgoingMessage[]): Promise<BatchOutcome> {
    this.#ingest ??= new FastIngest(this.#connection);
    return this.#ingest.send(messages);
  }
}
