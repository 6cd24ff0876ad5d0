/**
 * Acknowledges handled messages of a partition a little later, many batches with one ack.
 *
 *   handled ──next tick──▶ due ──the tick after──▶ acknowledged        handled | due ──flush──▶ acknowledged
 *
 * Invariant: an ack leaves between one and two ticks after the last message it covers was handled and settled, and only while the pin is held; with
 * more than `LATE_MESSAGES_MAX` messages it leaves at once, so the server never stops handing out. What is handled and not settled yet, because one actor waits for
 * another try, waits here with everything after it.
 *
 * An ack covers everything before it and only spares the next owner what is done already, so nothing waits for it. Sent after every batch
 * it was two of the seven messages a small job cost the coordinator, each with a write of the consumer's state in the server.
 */
import type { Delivery } from '@manyhands/nats';

export const LATE_TICK_MS = 250;
/** A quarter of what the server hands out unacknowledged (`partitionConfig`). */
const LATE_MESSAGES_MAX = 5_000;

/** Batches that wait to be settled are remembered one by one up to this many, then every other one. */
const UNSETTLED_MAX = 256;

export class LateAcks {
  readonly #settledThrough: () => number;
  #handled: Delivery | undefined;
  #due: Delivery | undefined;
  /** Last messages of batches that are due and were not settled, oldest first. */
  #unsettled: Delivery[] = [];
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The sequence up to which everything handled is settled; 0 once the pin may be another client's. */
  constructor(settledThrough: () => number) {
    this.#settledThrough = settledThrough;
  }

  /** `last` is the last of `count` messages whose effects are durable. */
  handled(last: Delivery, count: number): void {
    this.#handled = last;
    this.#messages += count;
    if (this.#messages >= LATE_MESSAGES_MAX) return this.flush();
    this.#timer ??= setTimeout(() => this.#tick(), LATE_TICK_MS);
  }

  /** Acknowledges everything handled now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ack(this.#due, this.#handled);
    this.#handled = this.#due = undefined;
    this.#messages = 0;
    if (this.#unsettled.length > 0) this.#timer = setTimeout(() => this.#tick(), LATE_TICK_MS);
  }

  /** Acknowledges nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#handled = this.#due = undefined;
    this.#unsettled = [];
  }

  #tick(): void {
    this.#ack(this.#due);
    this.#due = this.#handled;
    this.#handled = undefined;
    this.#messages = 0;
    const isAtRest = this.#due === undefined && this.#unsettled.length === 0;
    this.#timer = isAtRest ? undefined : setTimeout(() => this.#tick(), LATE_TICK_MS);
  }

  #ack(...due: readonly (Delivery | undefined)[]): void {
    this.#unsettled.push(...due.filter((one) => one !== undefined));
    if (this.#unsettled.length === 0) return;
    const through = this.#settledThrough();
    const firstLeft = this.#unsettled.findIndex(({ sequence }) => sequence > through);
    const settled = this.#unsettled.splice(0, firstLeft < 0 ? this.#unsettled.length : firstLeft);
    settled.at(-1)?.ack();
    if (this.#unsettled.length > UNSETTLED_MAX) this.#unsettled = this.#unsettled.filter((_, index) => index % 2 === 1);
  }
}
