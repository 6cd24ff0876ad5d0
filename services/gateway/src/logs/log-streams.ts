/**
 * Logs as server-sent events: what is stored, then each line as it comes, to the end of the job.
 *
 *   reading ──all sent──▶ waiting ──a line, the job's end──▶ reading        waiting ──job over for `LINGER_MS`──▶ ended (`done`)
 *   any ──client leaves, shutdown, jobs not current, its caller not good any more──▶ ended (without `done`: the client comes back with its last id)
 *
 * Invariant: ids rise, and no line that is still stored is left out; a client that reads slowly is sent nothing meanwhile, and holds nothing here: it is read for
 * when it takes more.
 */
import { Readable } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { within } from '@manyhands/nats';
import { keys } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import type { Caller } from '../identity/caller.ts';
import { CallerWatch } from '../identity/caller-watch.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf, isLast } from '../mirror/job-digest.ts';
import { JobLogs } from './job-logs.ts';
import { type LineFilter, type ListedLine, listedLines, type StoredLine } from './listed-line.ts';
import { type LogTail, LogTails } from './log-tails.ts';

/** Workers store lines within a moment of their being logged, which may be after the job's end. */
const LINGER_MS = 2_000;
/** Lines read at a time for a client that is far behind. */
const READ_COUNT = 500;

export interface LogFollow extends LineFilter {
  /** For whom. */
  caller: Caller;
  tenant: string;
  jobId: string;
  now: FeedEntry | undefined;
  /** Id of the last line the client has. */
  after: number;
}

@Injectable()
export class LogStreams implements OnModuleInit, BeforeApplicationShutdown {
  readonly #open = new Set<AbortController>();

  constructor(
    @Inject(LogTails) private readonly tails: LogTails,
    @Inject(JobLogs) private readonly logs: JobLogs,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(CallerWatch) private readonly callers: CallerWatch,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  onModuleInit(): void {
    this.feeds.onLost((bucket) => bucket === 'jobs' && this.#endAll());
  }

  beforeApplicationShutdown(): void {
    this.#endAll();
  }

  /** The events as bytes. Throws `unavailable`. */
  async follow(follow: LogFollow): Promise<Readable> {
    this.callers.demandRoom(follow.caller);
    if (this.#open.size >= this.config.clientsMax)
      throw unavailable('Too many event streams are open here; try again in a moment.', 5);
    const end = new AbortController();
    this.#open.add(end);
    try {
      const tail = await this.tails.open(follow.tenant, follow.jobId);
      const stream = Readable.from(this.#events(follow, tail, end.signal), { objectMode: false });
      const unfollow = this.callers.follow(follow.caller, () => end.abort());
      stream.once('close', () => {
        unfollow();
        end.abort();
        tail.close();
        this.#open.delete(end);
      });
      return stream;
    } catch (error) {
      this.#open.delete(end);
      throw error;
    }
  }

  #endAll(): void {
    for (const end of this.#open) end.abort();
  }

  async *#events(follow: LogFollow, tail: LogTail, end: AbortSignal): AsyncGenerator<Buffer, void> {
    const { tenant, jobId } = follow;
    const bell = new Bell();
    const job = new JobEnd(this.feeds, follow.now);
    const stops = [
      tail.listen(() => bell.ring()),
      this.feeds.jobs.listenTo(keys.job(tenant, jobId), (entry) => {
        job.see(entry);
        bell.ring();
      }),
    ];
    end.addEventListener('abort', () => bell.ring());
    try {
      yield Buffer.from('retry: 1000\n\n');
      // An id of a stream that was created again since: start over.
      let after = follow.after > tail.ring.lastSequence ? 0 : follow.after;
      let { epoch } = tail.ring;
      let wroteAtMs = performance.now();
      for (;;) {
        if (end.aborted) return;
        const rung = bell.next();
        if (epoch !== tail.ring.epoch) after = 0;
        epoch = tail.ring.epoch;
        const stored = tail.ring.after(after) ?? (await this.logs.after(tenant, jobId, after, READ_COUNT));
        const events = eventsOf(stored, follow);
        after = stored.at(-1)?.sequence ?? after;
        if (events.length === 0 && stored.length === 0 && job.isOver) return yield doneEvent(after, job.status);
        if (events.length === 0 && performance.now() - wroteAtMs >= this.config.heartbeatMs) events.push(': heartbeat\n\n');
        if (events.length > 0) {
          yield Buffer.from(events.join(''));
          wroteAtMs = performance.now();
        }
        if (stored.length === 0)
          await within(Math.min(wroteAtMs + this.config.heartbeatMs - performance.now(), job.dueInMs), rung);
      }
    } finally {
      for (const stop of stops) stop();
    }
  }
}

/** When the job of a stream is over. */
class JobEnd {
  readonly #feeds: Feeds;
  #last: FeedEntry | undefined;
  #overAtMs = Infinity;

  constructor(feeds: Feeds, now: FeedEntry | undefined) {
    this.#feeds = feeds;
    // A job without a view left long ago.
    if (now === undefined) this.#overAtMs = 0;
    else this.see(now);
  }

  see(entry: FeedEntry): void {
    this.#last = entry;
    this.#overAtMs = isLast(entry)
      ? performance.now() + LINGER_MS - (entry.gone ? LINGER_MS : this.#feeds.jobs.ageMs(entry))
      : Infinity;
  }

  get isOver(): boolean {
    return performance.now() >= this.#overAtMs;
  }

  get dueInMs(): number {
    return this.#overAtMs - performance.now();
  }

  get status(): string {
    return (this.#last && digestOf(this.#last)?.status) ?? 'gone';
  }
}

/** Wakes the one that waits; rung before it waits, it does not wait. */
class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  next(): Promise<void> {
    return this.#next.promise;
  }
}

function eventsOf(stored: readonly StoredLine[], filter: LineFilter): string[] {
  return listedLines(stored, filter).map((line: ListedLine) => `id: ${line.id}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`);
}

function doneEvent(after: number, status: string): Buffer {
  return Buffer.from(`id: ${after}-done\nevent: done\ndata: ${JSON.stringify({ status })}\n\n`);
}
