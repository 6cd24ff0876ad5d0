/**
 * Stores the answer of a lease: first the parts of what is too large for a message, then the result that names them.
 *
 * Invariant: a result is published only when all it names is acknowledged.
 */
import type { ComputeLease, StoredRef } from '@manyhands/proto';
import type { LeaseAnswer } from './lease-answer.ts';
import type { PartStore } from './part-store.ts';
import type { ResultDesk } from './result-desk.ts';
import { failedMessage, refusedError, type Runner } from './result-message.ts';

/** `stopped`: it is not needed any more. `closed`: it could not be stored before the worker ended. */
export type StoreOutcome = 'stored' | 'stopped' | 'closed';

export class AnswerStore {
  readonly #results: ResultDesk;
  readonly #parts: PartStore;

  constructor(results: ResultDesk, parts: PartStore) {
    this.#results = results;
    this.#parts = parts;
  }

  /** More waits than should: slots should take nothing new. */
  get isFull(): boolean {
    return this.#results.isFull || this.#parts.isFull;
  }

  /** `holdMs`: milliseconds the result may wait for others. `held.over` aborts when the lease is settled; it is asked for only where parts are stored. */
  async store(
    lease: ComputeLease,
    runner: Runner,
    answer: LeaseAnswer,
    holdMs: number,
    held: { readonly over: AbortSignal },
  ): Promise<StoreOutcome> {
    let stored: StoredRef | undefined;
    if (answer.bytes) {
      const outcome = await this.#parts.store(lease, answer.bytes, held.over);
      if (outcome.is === 'stopped') return 'stopped';
      if (outcome.is === 'refused') return this.#refused(lease, runner, outcome.error);
      stored = outcome.ref;
    }
    const { is, ...rest } = await this.#results.handIn(lease.job_id, lease.lease, answer.message(stored), holdMs);
    return is === 'refused' ? this.#refused(lease, runner, (rest as { error: unknown }).error) : is;
  }

  async #refused(lease: ComputeLease, runner: Runner, error: unknown): Promise<StoreOutcome> {
    const refusal = failedMessage(lease, runner, refusedError(lease, error));
    const { is } = await this.#results.handIn(lease.job_id, lease.lease, refusal);
    return is === 'stored' ? 'stored' : 'closed';
  }
}
