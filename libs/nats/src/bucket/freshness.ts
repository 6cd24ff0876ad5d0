/**
 * Knows how old a watcher's knowledge of one stream may be, from what it has received and from what the stream's leader reports. Pure; all times are
 * milliseconds of one monotonic clock.
 *
 *   behind ──received the leader's last message──▶ known as of the moment the leader was asked ──time──▶ old        any ──created again──▶ behind
 *
 * Invariant: `asOfMs` is never later than a moment up to which everything stored was received. An answer counts only as of the moment its leader
 * last received answers from a majority of the stream's servers, because nats-server 2.15 lets a leader that is cut off, or was frozen, go on answering
 * for up to 10 s. Heartbeats of the consumer are no proof: a server that is cut off from the others sends them happily.
 */
export interface LeaderAnswer {
  /** When the question was sent. */
  askedAtMs: number;
  /** Milliseconds since the leader received from so many of the others that they are a majority with it. */
  majorityAgeMs: number;
  lastSequence: number;
  /** When the stream was made: another time is another stream. */
  created: string;
}

/** What became of an answer. `unproven`: it comes from a leader that may be none any more. */
export type Standing = 'known' | 'behind' | 'unproven' | 'another';

/** A leader receives from the others once a second; elections begin after 4 s. */
export const MAJORITY_AGE_MS_MAX = 2_500;

export class Freshness {
  #heard = 0;
  #created: string | undefined;
  #asOfMs = -Infinity;
  #leaderAsOfMs = -Infinity;
  #askedAtMs = -Infinity;
  /** Answers whose last message was not received yet, oldest first. */
  #claims: LeaderAnswer[] = [];

  /** Everything stored before was received. */
  get asOfMs(): number {
    return this.#asOfMs;
  }

  /** The leader led at this time, so what it was asked for since is as new. */
  get leaderAsOfMs(): number {
    return this.#leaderAsOfMs;
  }

  /** When the newest question was sent whose answer is proven. */
  get askedAtMs(): number {
    return this.#askedAtMs;
  }

  get heardThrough(): number {
    return this.#heard;
  }

  /** The oldest answer that is still to be reached. */
  get oldestClaim(): LeaderAnswer | undefined {
    return this.#claims[0];
  }

  answered(answer: LeaderAnswer): Standing {
    const isOther = this.#created !== undefined && this.#created !== answer.created;
    if (answer.majorityAgeMs > MAJORITY_AGE_MS_MAX) return 'unproven';
    this.#created = answer.created;
    this.#leaderAsOfMs = Math.max(this.#leaderAsOfMs, answer.askedAtMs - answer.majorityAgeMs);
    if (isOther) {
      this.#heard = 0;
      this.#claims = [];
      this.#asOfMs = this.#askedAtMs = -Infinity;
    }
    this.#claims.push(answer);
    this.heardAll(this.#heard);
    if (isOther) return 'another';
    return this.#claims.includes(answer) ? 'behind' : 'known';
  }

  /** Everything up to this sequence was received, or is not stored any more. */
  heardAll(through: number): void {
    this.#heard = Math.max(this.#heard, through);
    while (this.#claims[0] !== undefined && this.#claims[0].lastSequence <= this.#heard) {
      const { askedAtMs, majorityAgeMs } = this.#claims.shift()!;
      this.#asOfMs = Math.max(this.#asOfMs, askedAtMs - majorityAgeMs);
      this.#askedAtMs = Math.max(this.#askedAtMs, askedAtMs);
    }
  }
}

/** `agesMs`: how long ago the leader received from each of the others. */
export function majorityAgeMs(agesMs: readonly number[]): number {
  const needed = Math.ceil(agesMs.length / 2);
  return needed === 0 ? 0 : [...agesMs].sort((a, b) => a - b)[needed - 1]!;
}
