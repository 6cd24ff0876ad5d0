/**
 * The breakers of all hosts that this thread sends requests to.
 *
 * Invariant: it holds `HOSTS_MAX` at most; the one that was used longest ago makes room. Where requests have an owner, what fails of one opens no breaker for
 * another: a job states how long it waits for an answer, so it decides what fails.
 */
import { RetryLater } from '@manyhands/worker/task';
import { ask, type Breaker, BREAKER, CLOSED, settle, type Showing } from './breaker.ts';

export const HOSTS_MAX = 10_000;

export interface Pass {
  settle(showing: Showing, why?: string): void;
}

export class HostBook {
  readonly #hosts = new Map<string, Breaker>();
  readonly #changed: (from: Breaker['is'], to: Breaker['is']) => void;
  readonly #now: () => number;
  #lastPass = 0;

  /** `changed` is called when a breaker is another than before. */
  constructor(changed: (from: Breaker['is'], to: Breaker['is']) => void = () => {}, now: () => number = () => performance.now()) {
    this.#changed = changed;
    this.#now = now;
  }

  /** Throws `RetryLater` while the breaker of the host, for this owner, is open. Each pass must be settled. */
  pass(host: string, owner = ''): Pass {
    const name = owner === '' ? host : `${host} ${owner}`;
    const pass = (this.#lastPass += 1);
    const leave = ask(this.#breakerOf(name), pass, this.#now());
    if (!leave.goes) throw new RetryLater(sentenceOf(host, leave.why, leave.waitMs), spread(leave.waitMs));
    this.#put(name, leave.breaker);
    return { settle: (showing, why) => this.#put(name, settle(this.#breakerOf(name), pass, showing, this.#now(), why)) };
  }

  /** How many breakers are not closed. */
  get open(): number {
    let count = 0;
    for (const { is } of this.#hosts.values()) if (is !== 'closed') count += 1;
    return count;
  }

  #breakerOf(name: string): Breaker {
    return this.#hosts.get(name) ?? CLOSED;
  }

  #put(name: string, breaker: Breaker): void {
    const before = this.#breakerOf(name);
    if (breaker === before) return;
    this.#hosts.delete(name);
    // A host without failures is one that is not known.
    if (breaker !== CLOSED) this.#hosts.set(name, breaker);
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size > HOSTS_MAX && oldest !== undefined) this.#hosts.delete(oldest);
    if (breaker.is !== before.is) this.#changed(before.is, breaker.is);
  }
}

function sentenceOf(host: string, why: string, waitMs: number): string {
  const inSec = Math.max(1, Math.ceil(waitMs / 1_000));
  return `the breaker of ${host} is open, because ${BREAKER.failuresMax} requests in a row failed; it is tried again in ${inSec} s. The last failure: ${why}`;
}

/** So that what waited does not come back at one moment. */
function spread(waitMs: number): number {
  return waitMs + Math.random() * Math.min(waitMs, 5_000);
}
