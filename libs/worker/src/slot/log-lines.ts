/**
 * What task code logs, on its way out of the thread.
 *
 * Invariant: logging never fails a chunk and never waits; of more than `LINES_PER_SEC` lines a second the rest is dropped, and their number is logged in
 * the next second's first line.
 */
import { format } from 'node:util';
import type { LogLine } from './slot-messages.ts';

export const LINES_PER_SEC = 200;
export const LINE_LENGTH_MAX = 2_000;
const WINDOW_MS = 1_000;

export class LogLines {
  readonly #send: (line: Pick<LogLine, 'message'>) => void;
  readonly #mask: (text: string) => string;
  readonly #nowMs: () => number;
  #windowAtMs = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #dropped = 0;

  constructor(send: (line: Pick<LogLine, 'message'>) => void, mask: (text: string) => string, nowMs = () => performance.now()) {
    this.#send = send;
    this.#mask = mask;
    this.#nowMs = nowMs;
  }

  add(message: unknown, fields?: object): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowAtMs >= WINDOW_MS) {
      const dropped = this.#dropped;
      this.#windowAtMs = nowMs;
      this.#sent = 0;
      this.#dropped = 0;
      if (dropped > 0) this.#put(`${dropped} lines before this one were dropped: more than ${LINES_PER_SEC} a second`);
    }
    if (this.#sent >= LINES_PER_SEC) this.#dropped += 1;
    else this.#put(this.#mask(textOf(message, fields)));
  }

  #put(message: string): void {
    this.#sent += 1;
    this.#send({ message: message.length <= LINE_LENGTH_MAX ? message : `${message.slice(0, LINE_LENGTH_MAX - 1)}…` });
  }
}

/** As `console.log` would write it; never throws, whatever the task code passes. */
function textOf(message: unknown, fields: object | undefined): string {
  try {
    return fields === undefined ? format('%s', message) : `${format('%s', message)} ${JSON.stringify(fields)}`;
  } catch {
    return 'a line whose fields have no text';
  }
}
