/**
 * Turns that were given to this thread ahead, for the calls of all its seats: most of them then cost no message.
 *
 * Calls that wait for the slot when turns are given use those: the slot's own ones are due after all that were given. (Seen: 32 calls at once had 4,500 of 10,000 a
 * second, because the first of them was given the turns of 50 ms and the others waited until those had passed.)
 *
 * Invariant: while some are left, they are asked for at most once at a time.
 */
import { GIVEN_MS, KEPT_MS } from '../pace/gcra.ts';
import { TurnStock, type Turns } from '../pace/turn-stock.ts';

const RATES_MAX = 1_000;
/** A turn that is due so soon is waited for in the thread. */
export const SOON_MS = KEPT_MS;

/** A call that waits; called when there is a turn for it, which was or is due at that time. */
export type WaitingCall = (dueAtMs: number) => void;

export class ThreadTurns {
  readonly #rates = new Map<string, { stock: TurnStock; isAsked: boolean }>();
  readonly #waiting = new Map<string, Set<WaitingCall>>();

  /** What was given; undefined: nothing is. */
  put(name: string, perSec: number, turns: Turns | undefined): void {
    const key = keyOf(name, perSec);
    if (turns === undefined) return void this.#rates.delete(key);
    const rate = this.#rates.get(key) ?? { stock: new TurnStock(), isAsked: false };
    rate.isAsked = false;
    rate.stock.add(turns);
    this.#rates.set(key, rate);
    const [oldest] = this.#rates.keys();
    if (this.#rates.size > RATES_MAX && oldest !== undefined) this.#rates.delete(oldest);
    this.#serve(key, rate.stock);
  }

  /** When the turn that is used was or is due, in `soonMs` at most; `askAhead` asks for more. */
  use(name: string, perSec: number, soonMs: number, askAhead: () => void): number | undefined {
    const key = keyOf(name, perSec);
    const rate = this.#rates.get(key);
    if (rate === undefined) return undefined;
    const nowMs = Date.now();
    const dueAtMs = rate.stock.use(nowMs, KEPT_MS, soonMs);
    if (rate.stock.count === 0) this.#rates.delete(key);
    else if (!rate.isAsked && rate.stock.lastAtMs - nowMs < GIVEN_MS / 2) {
      rate.isAsked = true;
      askAhead();
    }
    return dueAtMs;
  }

  /** Until what it returns is called, `call` may be served once. */
  wait(name: string, perSec: number, call: WaitingCall): () => void {
    const key = keyOf(name, perSec);
    const calls = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, calls.add(call));
    return () => {
      calls.delete(call);
      if (calls.size === 0 && this.#waiting.get(key) === calls) this.#waiting.delete(key);
    };
  }

  #serve(key: string, stock: TurnStock): void {
    for (const call of this.#waiting.get(key) ?? []) {
      const dueAtMs = stock.use(Date.now(), KEPT_MS, SOON_MS);
      if (dueAtMs === undefined) return;
      this.#waiting.get(key)?.delete(call);
      call(dueAtMs);
    }
  }
}

function keyOf(name: string, perSec: number): string {
  return `${perSec} ${name}`;
}
