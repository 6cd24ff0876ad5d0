/** One job that clients follow: its reader on the server, and what it has read. */
import { openTail } from '@manyhands/broker';
import type { Broker, Tail } from '@manyhands/nats';
import type { StreamKey } from '@manyhands/proto';
import type { KeptMessage } from './feed-entry.ts';

export interface Ring {
  readonly lines: readonly KeptMessage[];
  add(stored: { sequence: number; data: Uint8Array; subject: string }): KeptMessage;
}

interface FollowedParts<Held> {
  broker: Broker;
  stream: StreamKey;
  filter: string;
  ring: Held;
  leaveSeat: () => void;
}

export class Followed<Held extends Ring> {
  readonly ring: Held;
  readonly listeners = new Set<(message: KeptMessage) => void>();
  readonly ready: Promise<void>;
  /** To be called once, when the last client has left. */
  readonly leaveSeat: () => void;
  readonly #tail: Promise<Tail>;
  holders = 0;

  constructor({ broker, stream, filter, ring, leaveSeat }: FollowedParts<Held>) {
    this.ring = ring;
    this.leaveSeat = leaveSeat;
    const { promise: current, resolve } = Promise.withResolvers<void>();
    this.#tail = openTail(
      broker,
      stream,
      { filter },
      {
        // A copy: what is received is a piece of a larger buffer, which would stay with it.
        message: ({ sequence, data, subject }) => this.#take({ sequence, data: data.slice(), subject }),
        current: () => resolve(),
      },
    );
    this.ready = this.#tail.then(() => current);
    this.ready.catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#tail.then((tail) => tail.stop()).catch(() => undefined);
  }

  #take(stored: Parameters<Ring['add']>[0]): void {
    const message = this.ring.add(stored);
    for (const listener of this.listeners) listener(message);
  }
}
