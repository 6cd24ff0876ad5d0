/**
 * What task code logs, on its way out of the thread.
 *
 * Invariant: logging never fails a chunk and never waits; of more than `LINES_PER_SEC` lines a second the rest is dropped, and their number is logged in
 * the next second's first line, or at the end of the run. A line belongs to the run whose code wrote it, also when that code goes on after the run.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writtenLine, writtenValues, type WrittenLine } from './line-text.ts';
import type { LogLevel, LogLine } from './slot-messages.ts';

export const LINES_PER_SEC = 200;
const WINDOW_MS = 1_000;

/** Whose line it is. */
export interface LineOrigin {
  run: number;
  /** What computes its chunks; absent in a merge. */
  at?: { readonly index: number };
}

/** Per thread, not per slot: slots may share a thread, and `console` is one. */
const present = new AsyncLocalStorage<{ lines: LogLines; origin: LineOrigin }>();

export class LogLines {
  readonly #send: (line: LogLine, run: number | undefined) => void;
  readonly #mask: (text: string) => string;
  readonly #nowMs: () => number;
  #windowAtMs = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #dropped = 0;

  constructor(
    send: (line: LogLine, run: number | undefined) => void,
    mask: (text: string) => string,
    nowMs = () => performance.now(),
  ) {
    this.#send = send;
    this.#mask = mask;
    this.#nowMs = nowMs;
  }

  /** What `work` logs, by whatever way, is of this run. */
  within<Result>(run: number, work: () => Result): Result {
    return present.run({ lines: this, origin: { run } }, work);
  }

  /** Of the present run, whose chunks are computed by `at`; undefined outside a run. */
  originOf(at: { readonly index: number }): LineOrigin | undefined {
    const origin = present.getStore()?.origin;
    if (origin) origin.at = at;
    return origin;
  }

  add(level: LogLevel, message: unknown, fields?: object, origin = present.getStore()?.origin): void {
    this.#add(level, () => writtenLine(message, fields, this.#mask), origin);
  }

  /** What `console` got. */
  addValues(level: LogLevel, values: readonly unknown[]): void {
    this.#add(level, () => writtenValues(values, this.#mask), present.getStore()?.origin);
  }

  /** What is dropped is not written: to write out a large value takes longer than to compute many chunks. Never throws, whatever the task code passes. */
  #add(level: LogLevel, written: () => WrittenLine, origin: LineOrigin | undefined): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowAtMs >= WINDOW_MS) {
      this.#windowAtMs = nowMs;
      this.#sent = 0;
      this.reportDropped(origin);
    }
    if (this.#sent >= LINES_PER_SEC) {
      this.#dropped += 1;
      return;
    }
    try {
      this.#put({ level, ...written() }, origin);
    } catch {
      this.#put({ level, message: 'a line that has no text' }, origin);
    }
  }

  /** At the end of a run: what was dropped was its own. */
  reportDropped(origin = present.getStore()?.origin): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped === 0) return;
    this.#put(
      { level: 'warn', message: `${dropped} lines before this one were dropped: more than ${LINES_PER_SEC} a second` },
      origin,
    );
  }

  #put(line: LogLine, origin: LineOrigin | undefined): void {
    this.#sent += 1;
    const chunk = origin?.at?.index;
    this.#send({ ...line, ...(chunk !== undefined && { chunk }) }, origin?.run);
  }
}

/** What the task code writes with `console` is logged like what it logs; outside every run by `lines`. */
export function catchConsole(console: Console, lines: LogLines): void {
  for (const [method, level] of [
    ['debug', 'debug'],
    ['log', 'info'],
    ['info', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
  ] as const)
    console[method] = (...values: unknown[]) => (present.getStore()?.lines ?? lines).addValues(level, values);
}
