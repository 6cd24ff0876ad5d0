/**
 * Turns that were given to this thread ahead, for the calls of all its seats: most of them then cost no message.
 *
 * Invariant: while some are left, they are asked for at most once at a time.
 */
import { GIVEN_MS, KEPT_MS } from '../pace/gcra.ts';
import { TurnStock, type Turns } from '../pace/turn-stock.ts';

const RATES_MAX = 1_000;

export class ThreadTurns {
  readonly #rates = new Map<string, { stock: TurnStock; isAsked: boolean }>();

  /** What was given; undefined: nothing is. */
  put(name: string, perSec: number, turns: Turns | undefined): void {
    const key = `${perSec} ${name}`;
    if (turns === undefined) return void this.#rates.delete(key);
    const rate = this.#rates.get(key) ?? { stock: new TurnStock(), isAsked: false };
    rate.isAsked = false;
    rate.stock.add(turns);
    this.#rates.set(key, rate);
    const [oldest] = this.#rates.keys();
    if (this.#rates.size > RATES_MAX && oldest !== undefined) this.#rates.delete(oldest);
  }

  /** Whether one was due, which is used; `askAhead` asks for more. */
  use(name: string, perSec: number, askAhead: () => void): boolean {
    const key = `${perSec} ${name}`;
    const rate = this.#rates.get(key);
    if (rate === undefined) return false;
    const nowMs = Date.now();
    const isUsed = rate.stock.use(nowMs, KEPT_MS) !== undefined;
    if (rate.stock.count === 0) this.#rates.delete(key);
    else if (!rate.isAsked && rate.stock.lastAtMs - nowMs < GIVEN_MS / 2) {
      rate.isAsked = true;
      askAhead();
    }
    return isUsed;
  }
}
