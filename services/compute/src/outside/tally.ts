/**
 * Counts of what the clients of all threads do, on their way to the metrics of the process.
 *
 * Invariant: what is sent is what was counted since the last time, so that a thread that starts again takes nothing back; of open breakers it is how many there are.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { Fate } from './client.ts';

export interface Tally {
  kind: string;
  ended: Partial<Record<Fate, number>>;
  /** Breakers that opened. */
  opened: number;
  /** Breakers that are not closed now. */
  open: number;
}

export const TALLY_CHANNEL = 'manyhands.outside';
/** Between two messages. */
const SEND_MS = 500;

export class TallySender {
  readonly #channel = new BroadcastChannel(TALLY_CHANNEL);
  #tally: Tally;
  #timer: NodeJS.Timeout | undefined;

  constructor(kind: string) {
    this.#tally = { kind, ended: {}, opened: 0, open: 0 };
    // It must not keep its thread alive.
    (this.#channel as unknown as { unref(): void }).unref();
  }

  ended(fate: Fate): void {
    this.#tally.ended[fate] = (this.#tally.ended[fate] ?? 0) + 1;
    this.#send();
  }

  breaker(hasOpened: boolean, open: number): void {
    if (hasOpened) this.#tally.opened += 1;
    this.#tally.open = open;
    this.#send();
  }

  #send(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#channel.postMessage(this.#tally);
      this.#tally = { ...this.#tally, ended: {}, opened: 0 };
    }, SEND_MS).unref();
  }
}
