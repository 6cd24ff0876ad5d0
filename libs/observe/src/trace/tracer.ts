/**
 * Takes the spans of a process and sends them to a collector, in groups.
 *
 *   open ──close──▶ closed (what waits is sent, within `closeWithinMs`)
 *
 * Invariant: it never delays or fails what it is about. Spans that find no room are dropped and counted; a group that the collector does not take is tried once
 * more and then dropped. Spans that are recorded together leave together, so that a process that is killed leaves no span without the one it is a part of.
 *
 * Not the SDK of OpenTelemetry: our spans are made when they are over, partly by another process than the one in which they began, so that of it only the sending
 * would be used; it is 20 MB and takes half a second to load.
 */
import { hostname } from 'node:os';
import type { Logger } from '../log/log.ts';
import { otlpRequest, type Span } from './otlp.ts';
import type { TracerSettings } from './trace-settings.ts';

export interface TracerOptions {
  service: string;
  log: Pick<Logger, 'warn' | 'info'>;
  flushEveryMs?: number;
}

const FLUSH_EVERY_MS = 1_000;
const WAITING_MAX = 8_192;
/** Each has seldom more than three spans. */
const GROUPS_TOGETHER = 512;
const ANSWERED_WITHIN_MS = 5_000;
const CLOSE_WITHIN_MS = 1_000;
const TRIES = 2;

export class Tracer {
  readonly ratio: number;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #options: TracerOptions;
  readonly #resource: Record<string, string>;
  readonly #timer: NodeJS.Timeout;
  /** Groups of spans that belong together. */
  #waiting: (readonly Span[])[] = [];
  #waitingCount = 0;
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #isFailing = false;

  constructor({ endpoint, headers, ratio }: TracerSettings, options: TracerOptions) {
    this.ratio = ratio;
    this.#url = `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`;
    this.#headers = { ...headers, 'content-type': 'application/json' };
    this.#options = options;
    this.#resource = {
      'service.namespace': 'manyhands',
      'service.name': `manyhands-${options.service}`,
      'service.instance.id': `${hostname()}-${process.pid}`,
      'host.name': hostname(),
    };
    this.#timer = setInterval(() => void this.#flush(), options.flushEveryMs ?? FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  /** Spans that belong together: all of them are sent, or none. */
  record(...spans: readonly Span[]): void {
    if (this.#waitingCount + spans.length > WAITING_MAX) {
      this.#dropped += spans.length;
      return;
    }
    this.#waiting.push(spans);
    this.#waitingCount += spans.length;
  }

  /** Never throws. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN_MS)));
    await Promise.race([this.#flush(), late]);
    clearTimeout(timer);
  }

  #flush(): Promise<void> {
    return (this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined)));
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0, GROUPS_TOGETHER).flat();
      this.#waitingCount -= spans.length;
      const problem = await this.#send(JSON.stringify(otlpRequest(this.#resource, '1', spans)));
      if (problem !== undefined) this.#dropped += spans.length;
      this.#report(problem);
    }
  }

  /** Why the collector did not take them; undefined: it did. */
  async #send(body: string): Promise<string | undefined> {
    let problem = '';
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
        const answer = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal });
        await answer.arrayBuffer();
        if (answer.ok) return undefined;
        problem = `it answered ${answer.status}`;
        if (answer.status < 500 && answer.status !== 429) break;
      } catch (error) {
        const { cause, message } = error as Error;
        problem = cause instanceof Error ? cause.message : message;
      }
    }
    return problem;
  }

  /** Once when it begins to fail, and once when it is over. */
  #report(problem: string | undefined): void {
    const isFailing = problem !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing)
      this.#options.log.warn(`the collector at ${this.#url} takes no traces (${problem}); they are dropped until it does`);
    else this.#options.log.info(`the collector takes traces again; ${this.#dropped} spans were dropped`);
  }
}

/** Undefined without a collector: then nothing of traces runs at all. */
export function openTracer(settings: TracerSettings | undefined, options: TracerOptions): Tracer | undefined {
  return settings && new Tracer(settings, options);
}
