/**
 * One client's view of one job as server-sent events (`job-event.ts`).
 *
 *   open ──state──▶ open ──last state──▶ ended        open ──client leaves, or is cut──▶ ended
 *
 * Invariant: ids rise; a client that reads slowly gets the newest state when it is ready again, never a queue. `done` has an id of
 * its own, so a client that lost only that event is sent it again, and one that has it gets 204, after which it does not reconnect.
 */
import { newsOf, type News, type Watcher } from '../fan-out/channel.ts';
import { isLast } from '../../mirror/job-digest.ts';
import { doneEvent, type Wrap } from './job-event.ts';
import { Outlet, type Sink } from '../fan-out/outlet.ts';

export interface EventSink extends Sink {
  /** Ends it once everything is written. */
  end(): void;
}

/** What a client states it has already seen. */
export interface Resume {
  revision: number;
  done: boolean;
}

/**
 * Reads a `Last-Event-ID`; anything that is none of our ids starts from the beginning. Of a stream that was made again the sequences, which they are, have sixteen
 * digits.
 */
export function readLastEventId(id: string | undefined): Resume {
  const match = /^(\d{1,16})(-done)?$/.exec(id ?? '');
  return match && Number.isSafeInteger(Number(match[1]))
    ? { revision: Number(match[1]), done: match[2] !== undefined }
    : { revision: -1, done: false };
}

const heartbeat = Buffer.from(': heartbeat\n\n');
const retry = Buffer.from('retry: 1000\n\n');

export class EventStream implements Watcher {
  readonly #sink: EventSink;
  readonly #wrap: Wrap;
  readonly #outlet: Outlet;
  readonly #ended: () => void;
  readonly #seenRevision: number;
  #wroteAtMs = performance.now();
  #isLast = false;
  #over = false;

  /** `ended` is called once, whichever side ends it. */
  constructor(sink: EventSink, { stuckMs, resume, wrap }: { stuckMs: number; resume: Resume; wrap: Wrap }, ended: () => void) {
    this.#sink = sink;
    this.#wrap = wrap;
    this.#outlet = new Outlet(sink, stuckMs);
    this.#seenRevision = resume.revision;
    this.#ended = ended;
    sink.write(wrap(retry));
  }

  take(news: News): void {
    const entry = news.states.at(-1)?.entry;
    if (this.#over || entry === undefined) return;
    this.#wroteAtMs = performance.now();
    if (entry.revision > this.#seenRevision) this.#outlet.take(news);
    else if (isLast(entry)) this.#outlet.take(newsOf([{ slot: 'done', bytes: this.#wrap(doneEvent(entry)) }]));
    this.#isLast = isLast(entry);
    this.#endAfterLast();
  }

  get isBehind(): boolean {
    return this.#outlet.isBehind;
  }

  get heldBytes(): number {
    return this.#outlet.heldBytes;
  }

  catchUp(nowMs: number): void {
    this.#outlet.catchUp(nowMs);
    this.#endAfterLast();
  }

  /** Keeps proxies from closing a stream that has been quiet for this long. */
  beat(nowMs: number, quietMs: number): void {
    if (this.#over || this.isBehind || nowMs - this.#wroteAtMs < quietMs) return;
    this.#wroteAtMs = nowMs;
    this.#sink.write(this.#wrap(heartbeat));
  }

  /** Ends without `done`: the client comes back with its last id. */
  close(): void {
    if (!this.#over) this.#sink.end();
    this.finish();
  }

  /** The connection is gone. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#outlet.clear();
    this.#ended();
  }

  #endAfterLast(): void {
    if (this.#isLast && this.#outlet.waitingCount === 0) this.close();
  }
}
