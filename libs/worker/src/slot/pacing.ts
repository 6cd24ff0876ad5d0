/**
 * What `context.pace` does in the thread: it uses a turn that the thread was given ahead, or asks the slot for one, and waits.
 *
 * Invariant: each wait ends once: with its turn, or with an error when the signal of its chunk aborts. A turn that comes too late, because the thread was busy,
 * is not used: it is asked for again, before all that wait.
 */
import { LATE_MS } from '../pace/gcra.ts';
import type { Turns } from '../pace/turn-stock.ts';
import { checkRate } from './pace-rate.ts';
import type { PaceAsk } from './slot-messages.ts';
import { SOON_MS, ThreadTurns } from './thread-turns.ts';

/** Waits of one slot at once. */
export const WAITS_MAX = 1_000;
/** Of one chunk in all: its clock goes on while it waits for a turn of the thread, and stands while it waits for the slot. */
export const HERE_MS_MAX = 100;

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
  /** The chunk at hand, and for how long it may still wait for turns of the thread. */
  #here = { run: 0, done: 0, leftMs: HERE_MS_MAX };

  constructor(send: (ask: PaceAsk) => void, turns = new ThreadTurns()) {
    this.#send = send;
    this.#turns = turns;
  }

  async wait({ run, done, name, rate, signal }: PaceRequest): Promise<void> {
    checkRate(name, rate);
    if (this.#open.size >= WAITS_MAX) throw new Error(`more than ${WAITS_MAX} calls of pace wait at once: await each of them`);
    if (signal.aborted) throw abortError(signal);
    const asked = { run, done, name, perSec: rate.perSec, again: false };
    const soonMs = this.#mayWaitHere(run, done) ? SOON_MS : 0;
    const dueAtMs = this.#turns.use(name, rate.perSec, soonMs, () => this.#askAhead(asked));
    if (dueAtMs !== undefined && dueAtMs <= Date.now()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ask: PaceAsk = { id: (this.#lastId += 1), ...asked };
    const aborted = (): void => void (this.#close(ask.id), reject(abortError(signal)));
    signal.addEventListener('abort', aborted, { once: true });
    const leave = dueAtMs === undefined && this.#turns.wait(name, rate.perSec, (givenMs) => this.#given(ask, givenMs));
    const forget = (): void => {
      signal.removeEventListener('abort', aborted);
      if (leave) leave();
    };
    this.#open.set(ask.id, { ask, resolve, forget });
    if (dueAtMs === undefined) this.#send(ask);
    else this.#dueHere(ask.id, dueAtMs);
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
    if (dueAtMs !== undefined && Date.now() - dueAtMs > LATE_MS) this.#send({ ...open.ask, again: true });
    else {
      this.#close(id);
      if (dueAtMs !== undefined) open.resolve();
    }
    // When it waits no more itself.
    if (more) this.#turns.put(open.ask.name, open.ask.perSec, more);
  }

  /** It waits for the slot, and the thread has a turn for it. */
  #given(ask: PaceAsk, dueAtMs: number): void {
    this.#send({ ...ask, over: true });
    this.#dueHere(ask.id, dueAtMs);
  }

  #dueHere(id: number, dueAtMs: number): void {
    const inMs = dueAtMs - Date.now();
    if (inMs <= 0) return this.due(id, dueAtMs);
    this.#here.leftMs -= inMs;
    // A timer may end a moment early.
    setTimeout(() => this.#dueHere(id, dueAtMs), Math.ceil(inMs));
  }

  #mayWaitHere(run: number, done: number): boolean {
    if (this.#here.run !== run || this.#here.done !== done) this.#here = { run, done, leftMs: HERE_MS_MAX };
    return this.#here.leftMs > 0;
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

function abortError(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError');
}
