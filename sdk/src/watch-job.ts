/**
 * Follows one job, or its log, to its end over server-sent events, through restarts of whatever is in between.
 *
 *   connecting ──200──▶ reading ──done──▶ ended          connecting ──204──▶ ended
 *        ▲                 └──cut off, silent──┐                    ──4xx──▶ thrown
 *        └── waiting ◀─────────────────────────┴── no answer, 5xx, 429
 *
 * Invariant: no view and no line is yielded twice; each connection asks for what came after the last one seen.
 */
import type { JobView } from '@manyhands/proto';
import { problemOf } from './api-problem.ts';
import { readEvents } from './event-reader.ts';
import { pause } from './retry.ts';
import type { JobLogLine } from './shapes.ts';

export interface WatchOptions {
  /** Ends the watch: the iteration stops with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Start after this event id. */
  lastEventId?: string | undefined;
}

export interface WatchSettings {
  url: string;
  fetch: typeof fetch;
  /** Milliseconds before the first new try; doubles up to `retryMsMax`. */
  retryMs: number;
  retryMsMax: number;
  /** Milliseconds of silence after which a connection counts as dead; the API sends a heartbeat every 15 s. */
  silenceMs: number;
}

/** Yields each newer view; returns after the last. Throws `ApiProblem` for what trying again cannot mend, e.g. 404. */
export async function* watchJob(settings: WatchSettings, options: WatchOptions = {}): AsyncGenerator<JobView, void> {
  for await (const data of follow('status', settings, options)) yield JSON.parse(data) as JobView;
}

/** Yields each line once, from the first that is stored to the last; as `watchJob`. */
export async function* followLog(settings: WatchSettings, options: WatchOptions = {}): AsyncGenerator<JobLogLine, void> {
  for await (const data of follow('line', settings, options)) yield JSON.parse(data) as JobLogLine;
}

/** The data of each event of this name. */
async function* follow(name: string, settings: WatchSettings, options: WatchOptions): AsyncGenerator<string, void> {
  let lastEventId = options.lastEventId;
  for (let tries = 0; ; tries += 1) {
    options.signal?.throwIfAborted();
    const connection = new AbortController();
    const signal = options.signal ? AbortSignal.any([connection.signal, options.signal]) : connection.signal;
    const silence = createAlarm(settings.silenceMs, () => connection.abort());
    try {
      const response = await settings.fetch(settings.url, {
        signal,
        headers: { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
      });
      if (response.status === 204) return;
      if (!response.ok) {
        const problem = await problemOf(response);
        if (!problem.retryable) throw new Final(problem);
        throw problem;
      }
      const body: AsyncIterable<Uint8Array> = response.body ?? new ReadableStream<Uint8Array>();
      for await (const event of readEvents(body, silence.restart)) {
        lastEventId = event.id ?? lastEventId;
        tries = 0;
        if (event.event === name) yield event.data;
        if (event.event === 'done') return;
      }
    } catch (error) {
      if (error instanceof Final) throw error.cause;
      options.signal?.throwIfAborted();
    } finally {
      silence.stop();
      connection.abort();
    }
    const waitMs = Math.min(settings.retryMs * 2 ** Math.min(tries, 16), settings.retryMsMax);
    await pause(waitMs * (0.75 + Math.random() / 2), options.signal);
  }
}

/** Carries what must not be retried past the catch that retries. */
class Final extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function createAlarm(afterMs: number, ring: () => void): { restart(): void; stop(): void } {
  let timer = setTimeout(ring, afterMs);
  return {
    restart() {
      clearTimeout(timer);
      timer = setTimeout(ring, afterMs);
    },
    stop: () => clearTimeout(timer),
  };
}
