/**
 * The robots.txt of the sites that this thread reads.
 *
 * Invariant: it is read once for all chunks that ask at the same time, and kept for an hour. Without one (4xx) a site allows everything; one that cannot be read
 * allows nothing until it can, so the chunk is tried again.
 */
import type { OutsideClient } from '../../outside/client.ts';
import { readStatus } from '../../outside/reading.ts';
import { ALLOWS_ALL, readRobots, type Robots } from './robots.ts';

export const AGENT = 'manyhands';
const KEPT_MS = 3_600_000;
const SITES_MAX = 5_000;
/** As RFC 9309 has it at least. */
const BYTES_MAX = 512 * 1024;
const TIMEOUT_MS = 10_000;

interface Kept {
  /** A promise until it is read. */
  robots: Robots | Promise<Robots>;
  untilMs: number;
}

export class RobotsBook {
  readonly #client: Pick<OutsideClient, 'send'>;
  readonly #now: () => number;
  readonly #sites = new Map<string, Kept>();

  constructor(client: Pick<OutsideClient, 'send'>, now: () => number = () => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /** `signal` ends the wait, not the reading: other chunks wait for it, too. */
  of({ origin, host }: URL, signal: AbortSignal): Robots | Promise<Robots> {
    signal.throwIfAborted();
    const kept = this.#sites.get(origin);
    const { robots } = kept && kept.untilMs > this.#now() ? kept : this.#ask(origin, host);
    return robots instanceof Promise ? unlessAborted(robots, signal) : robots;
  }

  #ask(origin: string, host: string): Kept {
    const robots = this.#read(origin, host);
    const kept: Kept = { robots, untilMs: this.#now() + KEPT_MS };
    this.#put(origin, kept);
    robots.then(
      (read) => (kept.robots = read),
      () => this.#sites.delete(origin),
    );
    return kept;
  }

  async #read(origin: string, host: string): Promise<Robots> {
    const { status, body } = await this.#client.send({
      url: `${origin}/robots.txt`,
      method: 'GET',
      headers: { 'user-agent': AGENT, accept: 'text/plain' },
      timeoutMs: TIMEOUT_MS,
      bytesMax: BYTES_MAX,
      redirectsMax: 5,
      signal: new AbortController().signal,
    });
    const reading = readStatus(status);
    if (reading === 'again') throw new Error(`robots.txt of ${host} cannot be read now: it answered ${status}`);
    return reading === 'done' ? readRobots(body.toString(), AGENT) : ALLOWS_ALL;
  }

  #put(origin: string, kept: Kept): void {
    this.#sites.delete(origin);
    this.#sites.set(origin, kept);
    const [oldest] = this.#sites.keys();
    if (this.#sites.size > SITES_MAX && oldest !== undefined) this.#sites.delete(oldest);
  }
}

async function unlessAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
