/**
 * The token that requests carry. It is in memory alone; the session's cookie, which no script can read, gets the next one.
 *
 * Invariant: one renewal at a time, whoever asks; a token that was refused, or that ends within the time a request may take, is not used.
 */
export interface Grant {
  access_token: string;
  /** Seconds. */
  expires_in: number;
}

/** Milliseconds before its end from which a token counts as over. */
const marginMs = 30_000;

export class AccessToken {
  #held: { text: string; overMs: number } | null = null;
  #renewing: Promise<string | null> | null = null;
  readonly #renew: () => Promise<Grant | null>;
  readonly #now: () => number;

  /** `renew` resolves with null when the session is over, and rejects when there was no answer. */
  constructor(renew: () => Promise<Grant | null>, now: () => number = Date.now) {
    this.#renew = renew;
    this.#now = now;
  }

  take({ access_token: text, expires_in: seconds }: Grant): void {
    const lifeMs = seconds * 1_000;
    // One that lives shorter than the margin is used for half of its life.
    this.#held = { text, overMs: this.#now() + Math.max(lifeMs - marginMs, lifeMs / 2) };
  }

  /** Null: the session is over. */
  async current(): Promise<string | null> {
    if (this.#held !== null && this.#now() < this.#held.overMs) return this.#held.text;
    return (this.#renewing ??= this.#fetch().finally(() => (this.#renewing = null)));
  }

  /** The API took it for no good. */
  refuse(text: string): void {
    if (this.#held?.text === text) this.#held = null;
  }

  /** The next request gets another. */
  forget(): void {
    this.#held = null;
  }

  async #fetch(): Promise<string | null> {
    this.#held = null;
    const grant = await this.#renew();
    if (grant === null) return null;
    this.take(grant);
    return grant.access_token;
  }
}
