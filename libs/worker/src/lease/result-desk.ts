/**
 * Hands results in. Results that come while others are on their way, or that may wait a moment for others, leave together.
 *
 * Publishes to MAILBOX, each result under the subject of its lease and only if nothing is stored there: the broker decides which of two
 * results of a lease counts. Tries again while the stream is full or the server away, until it is closed.
 *
 * Invariant: `handIn` resolves `stored` only when a result of this lease is durable, this one or an earlier one. What waits is bounded by the caller that
 * stores: while `isFull`, slots should take nothing new.
 */
import { isManyhandsError, mailboxSubjects } from '@manyhands/proto';
import type { Outbox, OutgoingMessage } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { pause } from './pause.ts';

const RETRY_MS_FIRST = 100;
const RETRY_MS_MAX = 2_000;
const TOGETHER_MAX = 500;
const TOGETHER_BYTES_MAX = 4 * 1024 ** 2;
/** So many wait for no more. */
const HELD_MAX = 32;
/** Bytes of results that wait for the server before the worker stops making more. */
const WAITING_BYTES_MAX = 32 * 1024 ** 2;

/** `refused`: this result will never be taken. `given up`: the desk was closed before. */
export type HandInOutcome = { is: 'stored' } | { is: 'refused'; error: unknown } | { is: 'closed' };

interface Waiting {
  message: OutgoingMessage;
  resolve: (outcome: HandInOutcome) => void;
}

export class ResultDesk {
  readonly #outbox: Outbox;
  readonly #log: Logger;
  readonly #waitingBytesMax: number;
  #waiting: Waiting[] = [];
  /** Of all that is not answered yet, on its way or not. */
  #waitingBytes = 0;
  /** Whether one of those that wait should wait no longer. */
  #urgent = false;
  #holdMs = 0;
  #holding: NodeJS.Timeout | undefined;
  #sending = false;
  readonly #closing = new AbortController();

  constructor(outbox: Outbox, log: Logger, waitingBytesMax = WAITING_BYTES_MAX) {
    this.#outbox = outbox;
    this.#log = log;
    this.#waitingBytesMax = waitingBytesMax;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** More waits here than should: the server is away, or its stream full. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#waitingBytesMax;
  }

  /** `holdMs`: milliseconds it may wait for others. */
  async handIn(jobId: string, lease: string, data: Uint8Array, holdMs = 0): Promise<HandInOutcome> {
    if (this.#isClosed) return { is: 'closed' };
    const message: OutgoingMessage = { subject: mailboxSubjects.result(jobId, lease), data, expectLastSubjectSequence: 0 };
    this.#waitingBytes += data.length;
    const outcome = await new Promise<HandInOutcome>((resolve) => {
      this.#waiting.push({ message, resolve });
      this.#urgent ||= holdMs === 0 || this.#waiting.length >= HELD_MAX;
      if (holdMs > 0) this.#holdMs = holdMs;
      if (!this.#sending) this.#sendOrHold();
    });
    this.#waitingBytes -= data.length;
    return outcome;
  }

  /** Ends the wait of what could not be stored; its leases will be delivered again. */
  close(): void {
    this.#urgent = true;
    this.#closing.abort();
    if (this.#waiting.length > 0 && !this.#sending) this.#sendOrHold();
  }

  #sendOrHold(): void {
    if (!this.#urgent) {
      this.#holding ??= setTimeout(() => void this.#send(), this.#holdMs);
      return;
    }
    clearTimeout(this.#holding);
    void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    this.#holding = undefined;
    for (let tries = 0; this.#waiting.length > 0;) {
      const together = this.#waiting.splice(0, tries === 0 ? this.#togetherCount() : 1);
      this.#urgent = this.#isClosed || this.#waiting.length > 0;
      try {
        await this.#outbox.publishAll(together.map(({ message }) => message));
        for (const { resolve } of together) resolve({ is: 'stored' });
        tries = 0;
        if (!this.#urgent) break;
      } catch (error) {
        this.#log.warn({ err: error, step: 'result' }, `${together.length} results could not be stored`);
        const isRefused = together.length === 1 && !isManyhandsError(error, 'unavailable');
        if (isRefused || this.#isClosed)
          for (const { resolve } of together) resolve(isRefused ? { is: 'refused', error } : { is: 'closed' });
        else this.#waiting.unshift(...together);
        tries += 1;
        if (!isRefused) await pause(Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** tries), this.#closing.signal);
      }
    }
    this.#sending = false;
    if (this.#waiting.length > 0) this.#sendOrHold();
  }

  /** How many of those that wait leave together; one at least. */
  #togetherCount(): number {
    let bytes = 0;
    const over = this.#waiting.findIndex(
      ({ message }, at) => at >= TOGETHER_MAX || ((bytes += message.data.length) > TOGETHER_BYTES_MAX && at > 0),
    );
    return over < 0 ? this.#waiting.length : over;
  }
}
