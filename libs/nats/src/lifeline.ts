/**
 * Repeats a request to the server until it is answered, over restarts and elections.
 *
 *   asking ──answered──▶ done
 *      ▲       │
 *      └──── connection lost, no answer, not yet ────┘        past the deadline ──▶ `unavailable`
 *
 * Invariant: what is asked may have been carried out before the answer was lost, so `work` must bear being repeated. A lost
 * connection ends a try at once instead of after its timeout: after `kill -9` of the server the answer never comes. A process that is about to end hurries:
 * then nothing waits for a server that is away. A clock that is set back or forward meanwhile changes nothing.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import { ConnectionLost, refusalOf } from './refusal.ts';

/** Milliseconds a caller waits for a server that is away; a restart takes one to three seconds. */
export const PATIENCE_MS = 15_000;
/** The same while the process ends. */
export const PATIENCE_MS_AT_END = 2_000;
const pauseMsFirst = 20;
const pauseMsMax = 500;

export class Lifeline {
  readonly #isClosed: () => boolean;
  #connected = true;
  /** Called when the connection is lost. */
  readonly #asking = new Set<(error: ConnectionLost) => void>();
  /** Called when it is back, or no longer waited for. */
  readonly #waiting = new Set<(back: boolean) => void>();
  #hurriesAtMs = Infinity;

  constructor(isClosed: () => boolean) {
    this.#isClosed = isClosed;
  }

  connected(connected: boolean): void {
    this.#connected = connected;
    if (connected) for (const settle of [...this.#waiting]) settle(true);
    else for (const abandon of [...this.#asking]) abandon(new ConnectionLost('the connection was lost'));
  }

  /** From `PATIENCE_MS_AT_END` on, nothing waits for a server that is away. */
  hurry(): void {
    if (this.#hurriesAtMs < Infinity) return;
    this.#hurriesAtMs = performance.now() + PATIENCE_MS_AT_END;
    setTimeout(() => {
      if (!this.#connected) for (const settle of [...this.#waiting]) settle(false);
    }, PATIENCE_MS_AT_END).unref();
  }

  /** `repeated` is true from the second try on, when an earlier try may have been carried out. */
  async insist<T>(what: string, work: (repeated: boolean) => Promise<T>, withinMs: number): Promise<T> {
    const deadlineMs = performance.now() + withinMs;
    let pauseMs = pauseMsFirst;
    for (let tries = 0; ; tries += 1) {
      try {
        if (!this.#connected) await this.#backWithin(Math.min(deadlineMs, this.#hurriesAtMs) - performance.now());
        return await this.#whileConnected(work(tries > 0));
      } catch (error) {
        if (refusalOf(error) !== 'away') throw error;
        const endsAtMs = this.#connected ? deadlineMs : Math.min(deadlineMs, this.#hurriesAtMs);
        if (this.#isClosed() || performance.now() + pauseMs >= endsAtMs) {
          throw new ManyhandsError('unavailable', `the NATS server did not answer in time (${what})`, { cause: error });
        }
        await new Promise((resume) => setTimeout(resume, pauseMs * (0.5 + Math.random() / 2)));
        pauseMs = Math.min(pauseMs * 2, pauseMsMax);
      }
    }
  }

  /** Not `Promise.race`: racing against a promise that lives as long as the process keeps every loser alive. */
  #whileConnected<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#asking.add(reject);
      work.then(resolve, reject).finally(() => this.#asking.delete(reject));
    });
  }

  #backWithin(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (back: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        if (back) resolve();
        else reject(new ConnectionLost(this.#isClosed() ? 'the connection is closed' : 'still not connected'));
      };
      const timer = setTimeout(settle, Math.max(0, withinMs), false);
      this.#waiting.add(settle);
      if (this.#isClosed()) settle(false);
    });
  }
}
