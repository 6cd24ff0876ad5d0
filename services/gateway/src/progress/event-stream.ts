/**
 * One client's view of one job as server-sent events: `event: status` with the view's bytes and the revision as id, then
 * `event: done`.
 *
 *   open ──entry──▶ open ──last entry──▶ done ──▶ ended        open ──client leaves──▶ ended
 *
 * Always true: ids rise; a client that reads slowly gets the newest state when it is ready again, never a queue: at most one
 * entry waits. `done` has an id of its own (`<revision>-done`), so a client that lost only that event is sent it again, and one
 * that has it is told to stay away (204).
 */
import type { ServerResponse } from 'node:http';
import type { FeedEntry } from './feed-entry.ts';
import { digestOf, isLast } from './job-digest.ts';

/** The part of a response this needs. */
export type EventSink = Pick<ServerResponse, 'write' | 'end' | 'on' | 'writableNeedDrain'>;

/** What a client says it has already seen. */
export interface Resume {
  revision: number;
  done: boolean;
}

/** Reads a `Last-Event-ID`; anything that is none of our ids starts from the beginning. */
export function readLastEventId(id: string | undefined): Resume {
  const match = /^(\d{1,15})(-done)?$/.exec(id ?? '');
  return match ? { revision: Number(match[1]), done: match[2] !== undefined } : { revision: -1, done: false };
}

const encoder = new TextEncoder();
const newline = 0x0a;
const carriageReturn = 0x0d;

export class EventStream {
  readonly #sink: EventSink;
  readonly #ended: () => void;
  #sentRevision: number;
  /** With its bytes, which the entry itself may forget meanwhile. */
  #waiting: { entry: FeedEntry; value: Uint8Array | undefined } | undefined;
  #over = false;

  /** `ended` is called once, whoever ends it. */
  constructor(sink: EventSink, resume: Resume, ended: () => void) {
    this.#sink = sink;
    this.#sentRevision = resume.revision;
    this.#ended = ended;
    sink.on('drain', () => this.#flush());
    sink.on('close', () => this.#finish());
    sink.write('retry: 1000\n\n');
  }

  /** Sends a newer state, or keeps it until the client can take it. */
  offer(entry: FeedEntry): void {
    if (this.#over || (this.#waiting && entry.revision < this.#waiting.entry.revision)) return;
    this.#waiting = { entry, value: entry.value };
    if (!this.#sink.writableNeedDrain) this.#flush();
  }

  /** Keeps proxies from closing a quiet stream. */
  beat(): void {
    if (!this.#over && !this.#sink.writableNeedDrain) this.#sink.write(': heartbeat\n\n');
  }

  /** Ends without `done`: the client comes back with its last id. */
  close(): void {
    if (this.#over) return;
    this.#sink.end();
    this.#finish();
  }

  #flush(): void {
    if (this.#over || !this.#waiting) return;
    const { entry, value } = this.#waiting;
    this.#waiting = undefined;
    if (value && entry.revision > this.#sentRevision) this.#sink.write(statusEvent(entry.revision, value));
    this.#sentRevision = Math.max(this.#sentRevision, entry.revision);
    if (!isLast(entry)) return;
    const done = JSON.stringify({ status: digestOf(entry)?.status ?? 'gone' });
    this.#sink.end(`id: ${entry.revision}-done\nevent: done\ndata: ${done}\n\n`);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = undefined;
    this.#ended();
  }
}

/** One event around untouched bytes. JSON written on one line needs one `data:`; any other is cut at its line ends, as SSE asks. */
function statusEvent(revision: number, value: Uint8Array): Uint8Array {
  const oneLine = !value.includes(newline) && !value.includes(carriageReturn);
  const data = oneLine ? value : encoder.encode(new TextDecoder().decode(value).replaceAll(/\r\n|\r|\n/g, '\ndata: '));
  return Buffer.concat([encoder.encode(`id: ${revision}\nevent: status\ndata: `), data, encoder.encode('\n\n')]);
}
