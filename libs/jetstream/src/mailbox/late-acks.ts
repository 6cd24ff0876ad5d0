/**
 * Acknowledges handled messages of a partition a little later, many batches with one ack.
 *
 *   handled ──next tick──▶ due ──the tick after──▶ acknowledged        handled | due ──flush──▶ acknowledged
 *
 * Always true: an ack leaves between one and two ticks after the last message it covers was handled, and only while the pin is held; with
 * more than `LATE_MESSAGES_MAX` messages it leaves at once, so the server never stops handing out.
 *
 * An ack covers everything before it and only spares the next owner what is done already, so nothing waits for it. Sent after every batch
 * it was two of the seven messages a small job cost the coordinator, each with a write of the consumer's state in the server.
 */
import type { PinnedDelivery } from './pinned-delivery.ts';

export const LATE_TICK_MS = 250;
/** A quarter of what the server hands out unacknowledged (`partitionConfig`). */
const LATE_MESSAGES_MAX = 5_000;

export class LateAcks {
  readonly #mayAck: () => boolean;
  #handled: PinnedDelivery | undefined;
  #due: PinnedDelivery | undefined;
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `mayAck` is false once the pin may be another client's. */
  constructor(mayAck: () => boolean) {
    this.#mayAck = mayAck;
  }

  /** `last` is the last of `count` messages whose effects are durable. */
  handled(last: PinnedDelivery, count: number): void {
    this.#handled = last;
    this.#messages += count;
    if (this.#messages >= LATE_MESSAGES_MAX) return this.flush();
    this.#timer ??= setTimeout(() => this.#tick(), LATE_TICK_MS);
  }

  /** Acknowledges everything handled now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ack(this.#handled ?? this.#due);
    this.#handled = this.#due = undefined;
    this.#messages = 0;
  }

  #tick(): void {
    this.#ack(this.#due);
    this.#due = this.#handled;
    this.#handled = undefined;
    this.#messages = 0;
    this.#timer = this.#due === undefined ? undefined : setTimeout(() => this.#tick(), LATE_TICK_MS);
  }

  #ack(delivery: PinnedDelivery | undefined): void {
    if (delivery !== undefined && this.#mayAck()) delivery.ack();
  }
}
