/**
 * How many turns of a rate a request takes, so that the tokens of all requests keep to a number a minute. Pure.
 *
 *   about to be sent ──take──▶ waits for its turns ──had──▶ sent, and answered ──settle──▶ what it really used counts instead
 *
 * Invariant: every turn stands for `turnTokens`. What is left of turns that were had, and what was taken and not used, is credit for the requests that come next, of a few
 * seconds at most: more would be a burst that the model server refuses. What was used beyond that is owed by the next request. A turn that is still waited for is no
 * credit: else the requests that begin at one moment would all go out on the turn of the first.
 */
export const TURNS_PER_SEC = 5;
/** Seconds of the rate. */
const CREDIT_SEC = 5;
/** Turns that one request waits for at most: five minutes. */
const TURNS_MAX = 300 * TURNS_PER_SEC;

export interface TakenTurns {
  turns: number;
  /** Called when all of them were had. */
  had(): void;
}

export class TokenLedger {
  readonly #turnTokens: number;
  /** Below 0: owed. */
  #credit = 0;

  constructor(tokensPerMin: number) {
    this.#turnTokens = tokensPerMin / 60 / TURNS_PER_SEC;
  }

  take(tokens: number): TakenTurns {
    const needed = tokens - this.#credit;
    if (needed <= 0) {
      this.#credit = -needed;
      return { turns: 0, had: () => undefined };
    }
    const turns = Math.min(TURNS_MAX, Math.ceil(needed / this.#turnTokens));
    this.#credit = Math.min(0, turns * this.#turnTokens - needed);
    const left = Math.max(0, turns * this.#turnTokens - needed);
    return { turns, had: () => this.#give(left) };
  }

  settle(taken: number, used: number): void {
    this.#give(taken - used);
  }

  #give(tokens: number): void {
    this.#credit = Math.min(this.#credit + tokens, CREDIT_SEC * TURNS_PER_SEC * this.#turnTokens);
  }
}
