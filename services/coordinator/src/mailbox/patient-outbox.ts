/**
 * An outbox for what must not hold up the work: dead letters, and the jobs of webhooks. When their stream is full they wait here, and are stored once there is room.
 *
 *   published ──stored──▶ gone        published ──stream full──▶ waiting ──tried again, later each time──▶ stored ──▶ gone
 *
 * Invariant: what waits keeps its order, and is never more than `waitingMax`; beyond that the newest is left out, and this is reported. It waits in memory,
 * so a crash loses it: of letters, the owner that takes over writes again what died within the last minute. Any other failure than a full stream is thrown.
 */
import { isManyhandsError } from '@manyhands/proto';
import { type Outbox, type OutgoingMessage, refusalOf } from '@manyhands/nats';

/** Where these go: an `Outbox`, or a patient one. */
export interface LetterOutbox {
  publishAll(messages: readonly OutgoingMessage[]): Promise<unknown>;
}

export interface PatientOutboxOptions {
  /** The stream has become full; also called when messages are left out for good. */
  full(waiting: number, leftOut: number): void;
  /** Everything that waited is stored. */
  relieved(): void;
  waitingMax?: number;
  /** Milliseconds to the first try, doubling. */
  retryMsFirst?: number;
}

const retryMsMax = 60_000;
const togetherMax = 100;

export class PatientOutbox implements LetterOutbox {
  readonly #outbox: Outbox;
  readonly #options: Required<PatientOutboxOptions>;
  #waiting: OutgoingMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;

  constructor(outbox: Outbox, options: PatientOutboxOptions) {
    this.#outbox = outbox;
    this.#options = { waitingMax: 10_000, retryMsFirst: 1_000, ...options };
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Resolves when all are stored, or wait for room. */
  async publishAll(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#waiting.length > 0) return this.#wait(messages);
    try {
      await this.#outbox.publishAll(messages);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#wait(messages);
    }
  }

  /** Tries once more, and returns how many are lost. */
  async close(): Promise<number> {
    clearTimeout(this.#timer);
    await this.#storeWaiting().catch(() => undefined);
    return this.#waiting.length;
  }

  #wait(messages: readonly OutgoingMessage[]): void {
    const { waitingMax, full } = this.#options;
    const hadNone = this.#waiting.length === 0;
    const room = messages.slice(0, waitingMax - this.#waiting.length);
    this.#waiting.push(...room);
    if (hadNone || room.length < messages.length) full(this.#waiting.length, messages.length - room.length);
    if (hadNone) this.#tryLater();
  }

  #tryLater(): void {
    this.#timer = setTimeout(() => void this.#tryAgain(), Math.min(retryMsMax, this.#options.retryMsFirst * 2 ** this.#tries));
    this.#timer.unref();
    this.#tries += 1;
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#storeWaiting();
      this.#tries = 0;
      this.#options.relieved();
    } catch {
      this.#tryLater();
    }
  }

  async #storeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#waiting.slice(0, togetherMax);
      await this.#outbox.publishAll(together);
      this.#waiting = this.#waiting.slice(together.length);
    }
  }
}

function isFull(error: unknown): boolean {
  return isManyhandsError(error, 'unavailable') && refusalOf(error.cause) === 'full';
}
