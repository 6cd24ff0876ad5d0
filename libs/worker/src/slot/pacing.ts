/**
 * What `context.pace` does in the thread: it asks the slot for a turn, and waits.
 *
 * Invariant: each wait ends once: with its turn, or with an error when the signal of its chunk aborts. A turn that comes too late, because the thread was busy,
 * is not used: it is asked for again, before all that wait.
 */
import { LATE_MS } from '../pace/gcra.ts';
import type { Turns } from '../pace/turn-stock.ts';
import { KernelFault } from './kernel-error.ts';
import type { PaceAsk } from './slot-messages.ts';
import { ThreadTurns } from './thread-turns.ts';

/** As `limits`. */
export const PACE = { nameCharsMax: 100, perSecMin: 0.001, perSecMax: 10_000 } as const;
/** Waits of one slot at once. */
export const WAITS_MAX = 1_000;

interface OpenWait {
  ask: PaceAsk;
  resolve(): void;
  /** Its signal is not listened to any more. */
  forget(): void;
}

export interface PaceRequest {
  run: number;
  /** Chunks of the run that are over. */
  done: number;
  name: string;
  rate: { perSec: number };
  signal: AbortSignal;
}

export class Pacing {
  readonly #send: (ask: PaceAsk) => void;
  readonly #turns: ThreadTurns;
  readonly #open = new Map<number, OpenWait>();
  readonly #ahead = new Map<number, PaceAsk>();
  #lastId = 0;

  constructor(send: (ask: PaceAsk) => void, turns = new ThreadTurns()) {
    this.#send = send;
    this.#turns = turns;
  }

  async wait({ run, done, name, rate, signal }: PaceRequest): Promise<void> {
    checkRate(name, rate);
    if (this.#open.size >= WAITS_MAX) throw new Error(`more than ${WAITS_MAX} calls of pace wait at once: await each of them`);
    if (signal.aborted) throw abortError(signal);
    const asked = { run, done, name, perSec: rate.perSec, again: false };
    if (this.#turns.use(name, rate.perSec, () => this.#askAhead(asked))) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ask: PaceAsk = { id: (this.#lastId += 1), ...asked };
    const aborted = (): void => void (this.#close(ask.id), reject(abortError(signal)));
    signal.addEventListener('abort', aborted, { once: true });
    this.#open.set(ask.id, { ask, resolve, forget: () => signal.removeEventListener('abort', aborted) });
    this.#send(ask);
    return promise;
  }

  /** Its turn, milliseconds since the epoch, and `more` for calls that follow; undefined when nothing waits for it any more. */
  due(id: number, dueAtMs: number | undefined, more?: Turns): void {
    const ahead = this.#ahead.get(id);
    const open = this.#open.get(id);
    if (ahead) {
      this.#ahead.delete(id);
      return this.#turns.put(ahead.name, ahead.perSec, more);
    }
    if (open === undefined) return;
    if (more) this.#turns.put(open.ask.name, open.ask.perSec, more);
    if (dueAtMs !== undefined && Date.now() - dueAtMs > LATE_MS) return this.#send({ ...open.ask, again: true });
    this.#close(id);
    if (dueAtMs !== undefined) open.resolve();
  }

  #askAhead(asked: Omit<PaceAsk, 'id'>): void {
    const ask: PaceAsk = { id: (this.#lastId += 1), ...asked, ahead: true };
    this.#ahead.set(ask.id, ask);
    this.#send(ask);
  }

  #close(id: number): void {
    this.#open.get(id)?.forget();
    this.#open.delete(id);
  }
}

/** Throws an error of the task code for what can never be a rate. */
export function checkRate(name: unknown, rate: unknown): void {
  const { nameCharsMax, perSecMin, perSecMax } = PACE;
  if (typeof name !== 'string' || name === '' || name.length > nameCharsMax)
    throw refused(`the key must be a text of 1 to ${nameCharsMax} characters, such as the name of a host`);
  const perSec = typeof rate === 'object' && rate !== null && 'perSec' in rate ? rate.perSec : undefined;
  if (typeof perSec !== 'number' || !(perSec >= perSecMin && perSec <= perSecMax))
    throw refused(`the rate must be an object with perSec, a number from ${perSecMin} to ${perSecMax}: { perSec: 50 }`);
}

function refused(what: string): KernelFault {
  return new KernelFault({ code: 'compute_refused', message: `pace: ${what}`, retryable: false });
}

function abortError(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError');
}
