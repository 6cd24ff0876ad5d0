/**
 * Batches whose messages are stored one after the other, as nats-server 2.15 does it in mode `fail`: after a refusal, or when a message is
 * missing, it takes no more of the batch. A restart forgets the batches and keeps what they stored.
 */
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Offered } from './stored-stream.ts';

const commit = '2';

interface Streams {
  /** Stores one message. Throws `JetStreamApiError` when it is refused. */
  publish(offered: Offered): unknown;
  /** Whether something is refused for nothing. */
  refuses(): boolean;
}

export class FastIngests {
  readonly #broker: Streams;
  /** By name: how many messages are stored. */
  readonly #stored = new Map<string, number>();

  constructor(broker: Streams) {
    this.#broker = broker;
  }

  /** `reply` ends in `<batch>.<flow>.fail.<position>.<operation>.$FI`. Returns the answer, if this message gets one. */
  take(offered: Offered, reply: string): object | undefined {
    const [batch = '', , , place = '', operation] = reply.split('.').slice(-6);
    const position = Number(place);
    const stored = this.#stored.get(batch) ?? (position === 1 ? 0 : undefined);
    this.#stored.delete(batch);
    if (stored === undefined) return { error: { code: 400, err_code: 10208, description: 'batch publish ID unknown' } };
    // As after an election, the new leader may know less of the batch than was sent.
    if (position !== stored + 1 || (position > 1 && this.#broker.refuses())) return { type: 'gap' };
    try {
      this.#broker.publish(offered);
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      return { ...(position > 1 && { type: 'err', seq: position }), error: error.apiError() };
    }
    if (operation === commit) return { count: position };
    this.#stored.set(batch, position);
    return position === 1 ? { type: 'ack' } : undefined;
  }

  forget(): void {
    this.#stored.clear();
  }
}
