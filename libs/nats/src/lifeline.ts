/**
 * Repeats a request to the server until it is answered, over restarts and elections.
 *
 *   asking ──answered──▶ done
 *      ▲       │
 *      └──── connection lost, no answer, not yet ────┘        past the deadline ──▶ `unavailable`
 *
 * Invariant: what is asked may have been carried out before the answer was lost, so `work` must bear being repeated. A lost
 * connection ends a try at once instead of after its timeout: after `kill -9` of the server the answer never comes.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import { ConnectionLost, refusalOf } from './refusal.ts';

/** Milliseconds a caller waits for a server that is away; a restart takes one to three seconds. */
export const PATIENCE_MS = 15_000;
const pauseMsFirst = 20;
const pauseMsMax = 500;

export class Lifeline {
  readonly #isClosed: () => boolean;
  #connected = true;
  /** Called when the connection is lost. */
  readonly #asking = new Set<(error: ConnectionLost) => void>();
  /** Called when it is back. */
  readonly #waiting = new Set<() => void>();

  constructor(isClosed: () => boolean) {
    this.#isClosed = isClosed;
  }

  connected(connected: boolean): void {
    this.#connected = connected;
    if (connected) for (const resume of [...this.#waiting]) resume();
    else for (const abandon of [...this.#asking]) abandon(new ConnectionLost('the connection was lost'));
  }

  /** `repeated` is true from the second try on, when an earlier try may have been carried out. */
  async insist<T>(what: string, work: (repeated: boolean) => Promise<T>, withinMs: number): Promise<T> {
    const deadlineMs = Date.now() + withinMs;
    let pauseMs = pauseMsFirst;
    for (let tries = 0; ; tries += 1) {
      try {
        if (!this.#connected) await this.#backWithin(deadlineMs - Date.now());
        return await this.#whileConnected(work(tries > 0));
      } catch (error) {
        if (refusalOf(error) !== 'away') throw error;
        if (this.#isClosed() || Date.now() + pauseMs >= deadlineMs) {
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
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(back);
        settle();
      };
      const back = () => end(resolve);
      const timer = setTimeout(() => end(() => reject(new ConnectionLost('still not connected'))), Math.max(0, withinMs));
      this.#waiting.add(back);
      if (this.#isClosed()) end(() => reject(new ConnectionLost('the connection is closed')));
    });
  }
}
