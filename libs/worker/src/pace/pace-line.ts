/**
 * The calls of this worker that wait for their turn under one rate.
 *
 *   waiting ──a turn is taken for it, and due──▶ called          waiting ──aborted──▶ gone; its turn is the next one's
 *
 * Turns are taken as calls wait for them. Of a rate that no other worker takes from, so many are taken ahead that none of the calls that follow waits for an answer
 * of the server: one of `AHEAD_OF_CALLS_MS` for all calls in that time, instead of one for each few. At such a rate the thread that calls gets those of the next
 * moment along with its own, and uses them without a message.
 *
 * Invariant: turns are used in the order in which they are due, each once, none before it is due and none later than `LATE_MS` after it: a process that was
 * stopped for a moment does not make up for it in a burst. A turn that no call uses within `KEPT_MS` is lost. Turns of a clock that was set back since are not waited for.
 */
import { GIVEN_MS, KEPT_MS, LATE_MS } from './gcra.ts';
import { TurnStock, type Turns } from './turn-stock.ts';

/** So long ahead turns are taken, and with half of it left the next ones. */
const AHEAD_OF_CALLS_MS = 200;
/** Calls a second below which taking them one by one is no burden. */
const AHEAD_PER_SEC_MIN = 100;
/** Calls a second from which on turns are given to a thread ahead. */
const GIVEN_PER_SEC_MIN = 1_000;
/** After another worker took turns none are taken ahead for so long: it would wait while they pass unused. */
const SHARED_MS = 1_000;

/** No turn that calls wait for is taken so long before it is due. */
const SET_BACK_MS = 5_000;

/** So long after the last call it knows what it knows. */
const REST_MS = 200;

/** `isShared`: another worker has lately taken turns of the same rate. */
export type TakenTurns = Turns & { isShared?: boolean };

/** A call may go: its turn was due at `dueAtMs`. `more`: turns for calls that follow, from the same thread. */
export interface Turn {
  dueAtMs?: number;
  more?: Turns;
}

interface WaitingCall {
  resolve: (turn: Turn | undefined) => void;
}

export interface PaceLineOptions {
  perSec: number;
  /** Takes turns for as many calls as `wanted` returns when it comes to it. Never rejects. */
  take: (wanted: () => number) => Promise<TakenTurns | 'none wanted' | 'closed'>;
  /** Nothing waits any more, no turn is left, and no call comes. */
  emptied: () => void;
}

export class PaceLine {
  readonly #options: PaceLineOptions;
  readonly #waiting: WaitingCall[] = [];
  /** By the clock of this machine. */
  readonly #turns = new TurnStock();
  /** Before that, none are taken ahead. */
  #aloneFromMs = Number.POSITIVE_INFINITY;
  /** Of the last turn that was taken. */
  #untilMs = 0;
  #calledAtMs = 0;
  #taking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceLineOptions) {
    this.#options = options;
  }

  /** Resolves when the call is due; with undefined when `signal` aborts. `again`: it had its turn, but too late. */
  async wait(signal: AbortSignal, again: boolean): Promise<Turn | undefined> {
    if (signal.aborted) return undefined;
    const nowMs = (this.#calledAtMs = Date.now());
    const dueAtMs = this.#waiting.length === 0 ? this.#turns.use(nowMs, KEPT_MS) : undefined;
    if (dueAtMs !== undefined) {
      return { dueAtMs, ...this.ahead() };
    }
    const { promise, resolve } = Promise.withResolvers<Turn | undefined>();
    const call: WaitingCall = { resolve };
    if (again) this.#waiting.unshift(call);
    else this.#waiting.push(call);
    const leave = (): void => {
      const at = this.#waiting.indexOf(call);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(undefined);
      if (this.#waiting.length === 0) this.#rest();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#callDue();
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Turns for calls of one thread, unless others wait for theirs. */
  ahead(): Turn {
    const isGiven = this.#options.perSec >= GIVEN_PER_SEC_MIN && this.#waiting.length === 0;
    const more = isGiven ? this.#turns.cut(Date.now() + GIVEN_MS) : undefined;
    this.#fill();
    return more ? { more } : {};
  }

  /** Turns that are wanted beyond those that are here. */
  #wanted(): number {
    const { perSec } = this.#options;
    const nowMs = Date.now();
    const leftMs = Math.max(0, this.#untilMs - nowMs);
    const isAhead = perSec >= AHEAD_PER_SEC_MIN && nowMs >= this.#aloneFromMs && leftMs < AHEAD_OF_CALLS_MS / 2;
    const ahead = isAhead ? Math.ceil((perSec * (AHEAD_OF_CALLS_MS - leftMs)) / 1_000) : 0;
    return Math.min(Math.max(1, Math.floor(perSec)), Math.max(this.#waiting.length - this.#turns.count, ahead));
  }

  #fill(): void {
    const inSecond = Math.max(1, Math.floor(this.#options.perSec));
    if (this.#taking || this.#turns.count > inSecond / 2 || this.#wanted() < 1) return;
    this.#taking = true;
    void this.#options
      .take(() => this.#wanted())
      .then((turns) => {
        this.#taking = false;
        if (turns === 'closed') return;
        if (turns !== 'none wanted') this.#put(turns);
        this.#callDue();
      });
  }

  #put({ isShared = false, ...turns }: TakenTurns): void {
    const nowMs = Date.now();
    if (isShared) this.#aloneFromMs = nowMs + SHARED_MS;
    else if (this.#aloneFromMs === Number.POSITIVE_INFINITY) this.#aloneFromMs = nowMs;
    this.#turns.add(turns);
    this.#untilMs = turns.firstAtMs + turns.count * turns.everyMs;
  }

  #callDue(): void {
    clearTimeout(this.#timer);
    const nowMs = Date.now();
    while (this.#waiting.length > 0) {
      const dueAtMs = this.#turns.use(nowMs, LATE_MS);
      if (dueAtMs === undefined) break;
      this.#waiting.shift()!.resolve({ dueAtMs });
    }
    if (this.#waiting.length === 0) return this.#rest();
    const nextAtMs = this.#turns.nextAtMs(nowMs, LATE_MS);
    if (nextAtMs !== undefined && nextAtMs - nowMs > SET_BACK_MS) this.#forget();
    else if (nextAtMs !== undefined) this.#timer = setTimeout(() => this.#callDue(), Math.ceil(nextAtMs - nowMs));
    this.#fill();
  }

  /** All that is known by a clock that shows another time now. */
  #forget(): void {
    this.#turns.clear();
    this.#untilMs = 0;
    this.#aloneFromMs = Number.POSITIVE_INFINITY;
  }

  /** Until the last turn has passed, which a call may still use, and it is clear that none follows. */
  #rest(): void {
    clearTimeout(this.#timer);
    const nowMs = Date.now();
    const leftMs = Math.max(this.#turns.count > 0 ? this.#untilMs - nowMs : 0, this.#calledAtMs + REST_MS - nowMs);
    if (leftMs > 0) this.#timer = setTimeout(() => this.#callDue(), leftMs);
    else if (!this.#taking) this.#options.emptied();
  }
}
