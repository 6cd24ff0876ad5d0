/**
 * Stores what is too large for the result of a lease, before the result.
 *
 * Invariant: each try writes under a name of its own, so of two runs of a lease, or two tries, the parts never mix; the one stored result names which
 * counts. A store that is full, or a server that is away, is waited for: its lease is held, and nothing is lost.
 */
import { newNonce } from '@manyhands/broker';
import { type ComputeLease, isManyhandsError, type StoredRef } from '@manyhands/proto';
import type { Logger } from '@manyhands/observe';
import { pause } from './pause.ts';

export type StoreParts = (lease: Pick<ComputeLease, 'tenant' | 'job_id'>, name: string, bytes: Uint8Array) => Promise<unknown>;

export type PartsOutcome = { is: 'stored'; ref: StoredRef } | { is: 'refused'; error: unknown } | { is: 'stopped' };

const AGAIN_MS_FIRST = 250;
const AGAIN_MS_MAX = 5_000;
/** Bytes that wait for the store before the worker stops making more. */
const WAITING_BYTES_MAX = 64 * 1024 ** 2;

export class PartStore {
  readonly #store: StoreParts;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #waitingBytesMax: number;
  #waitingBytes = 0;

  constructor(store: StoreParts, log: Pick<Logger, 'warn'>, waitingBytesMax = WAITING_BYTES_MAX) {
    this.#store = store;
    this.#log = log;
    this.#waitingBytesMax = waitingBytesMax;
  }

  /** More waits than should: slots should take nothing new. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#waitingBytesMax;
  }

  /** `stopped` once `signal` has aborted: the lease is not needed any more, or is handed over. */
  async store(lease: ComputeLease, bytes: Uint8Array, signal: AbortSignal): Promise<PartsOutcome> {
    this.#waitingBytes += bytes.length;
    try {
      for (let tries = 0; ; tries += 1) {
        if (signal.aborted) return { is: 'stopped' };
        const name = `o-${lease.lease}-${newNonce()}`;
        try {
          await this.#store(lease, name, bytes);
          return signal.aborted ? { is: 'stopped' } : { is: 'stored', ref: { name, from: 0, bytes: bytes.length } };
        } catch (error) {
          if (!isManyhandsError(error, 'unavailable')) return { is: 'refused', error };
          const { job_id: job, lease: id } = lease;
          this.#log.warn(
            { err: error, job, lease: id, step: 'result' },
            'what a lease left could not be stored; the worker tries again',
          );
        }
        await pause(Math.min(AGAIN_MS_MAX, AGAIN_MS_FIRST * 2 ** tries), signal);
      }
    } finally {
      this.#waitingBytes -= bytes.length;
    }
  }
}
