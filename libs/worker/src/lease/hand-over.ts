/**
 * Hands leases over to other workers in good order: one of a worker that ends, or one that waited for a slot too long.
 *
 *   held ──a copy is stored in WORK──▶ stored twice ──ack──▶ handed over
 *   held ──it has left WORK──▶ gone          held ──no room, no answer in time──▶ given back (nak), which the broker counts
 *
 * Invariant: a lease never leaves WORK before its copy is there. Who dies in between leaves two of it, of which the first result counts. What was taken out of
 * WORK meanwhile, because its job was cancelled or paused, is not put there again.
 */
import type { Outbox, Delivery } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { movedLease } from './moved-lease.ts';

const AGAIN_MS = 200;

export interface HandOverOptions {
  outbox: Outbox;
  /** Whether the lease at this sequence is still in WORK. */
  isStored(sequence: number): Promise<boolean>;
  log: Logger;
}

/** What is to be handed over, and how it is released. */
export interface Handed {
  delivery: Pick<Delivery, 'subject' | 'data' | 'sequence'> & { readonly trace?: string | undefined };
  /** Deliveries without an answer, not counting this one. */
  unanswered: number;
  ack(): void;
  nak(): void;
}

export class HandOver {
  readonly #options: HandOverOptions;
  readonly #under = new Map<Promise<void>, () => void>();

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** Begins; `settled` waits for it. */
  give(handed: Handed): void {
    const giving = new AbortController();
    const given = this.#give(handed, giving.signal).finally(() => this.#under.delete(given));
    this.#under.set(given, () => (giving.abort(), handed.nak()));
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under.keys());
  }

  /** Gives back at once what is still under way. */
  abandon(): void {
    for (const giveBack of this.#under.values()) giveBack();
    this.#under.clear();
  }

  async #give({ delivery: { subject, data, sequence, trace }, unanswered, ack }: Handed, signal: AbortSignal): Promise<void> {
    const copy = movedLease(data, unanswered);
    for (;;) {
      try {
        if (await this.#options.isStored(sequence))
          await this.#options.outbox.publishAll([{ subject, data: copy, ...(trace !== undefined && { trace }) }]);
        if (!signal.aborted) ack();
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn(
          { err: error, step: 'lease' },
          `a lease on ${subject} could not be handed over; the worker tries again`,
        );
        await new Promise((resume) => setTimeout(resume, AGAIN_MS));
        if (signal.aborted) return;
      }
    }
  }
}
