/**
 * Hands results in. Results that come while others are on their way, or that may wait a moment for others, leave together.
 *
 * Publishes to MAILBOX, each result under the subject of its lease and only if nothing is stored there: the broker decides which of two
 * results of a lease counts. Tries again while the stream is full or the server away, until it is closed.
 *
 * Always true: `handIn` resolves `true` only when a result of this lease is durable, this one or an earlier one.
 */
import { isManyhandsError, mailboxSubjects } from '@manyhands/proto';
import type { Outbox, OutgoingMessage } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';

const RETRY_MS_FIRST = 100;
const RETRY_MS_MAX = 2_000;
const TOGETHER_MAX = 500;
/** So many wait for no more. */
const HELD_MAX = 32;

interface Waiting {
  message: OutgoingMessage;
  resolve: (stored: boolean) => void;
}

export class ResultDesk {
  readonly #outbox: Outbox;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  /** Whether one of those that wait should wait no longer. */
  #urgent = false;
  #holdMs = 0;
  #holding: NodeJS.Timeout | undefined;
  #sending = false;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(outbox: Outbox, log: Logger) {
    this.#outbox = outbox;
    this.#log = log;
  }

  /** `holdMs`: milliseconds it may wait for others. */
  async handIn(jobId: string, lease: string, data: Uint8Array, holdMs = 0): Promise<boolean> {
    if (this.#closed) return false;
    const message: OutgoingMessage = { subject: mailboxSubjects.result(jobId, lease), data, expectLastSubjectSequence: 0 };
    return new Promise((resolve) => {
      this.#waiting.push({ message, resolve });
      this.#urgent ||= holdMs === 0 || this.#waiting.length >= HELD_MAX;
      if (holdMs > 0) this.#holdMs = holdMs;
      if (!this.#sending) this.#sendOrHold();
    });
  }

  /** Gives up on what could not be handed in; its leases will be handed out again. */
  close(): void {
    this.#closed = this.#urgent = true;
    this.#wake?.();
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
    for (let tries = 0; this.#waiting.length > 0; ) {
      const together = this.#waiting.splice(0, tries === 0 ? TOGETHER_MAX : 1);
      this.#urgent = this.#closed;
      try {
        await this.#outbox.publishAll(together.map(({ message }) => message));
        for (const { resolve } of together) resolve(true);
        tries = 0;
        if (!this.#urgent) break;
      } catch (error) {
        this.#log.warn({ err: error, step: 'result' }, `${together.length} results could not be handed in`);
        const hopeless = this.#closed || (together.length === 1 && !isManyhandsError(error, 'unavailable'));
        if (hopeless) for (const { resolve } of together) resolve(false);
        else this.#waiting.unshift(...together);
        tries += 1;
        if (!this.#closed) await this.#pause(Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** tries));
      }
    }
    this.#sending = false;
    if (this.#waiting.length > 0) this.#sendOrHold();
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
