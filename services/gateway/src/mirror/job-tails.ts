/**
 * What clients follow of single jobs beside their views: one reader on the server for each job, however many clients follow it.
 *
 *   unknown ──first client──▶ reading ──all that is stored was read──▶ followed ──last client has left──▶ unknown
 *
 * Invariant: a bounded number of jobs is followed, because each is a consumer on the server and holds here what is newest of it.
 */
import { openTail } from '@manyhands/broker';
import type { Broker, Tail } from '@manyhands/nats';
import type { StreamKey } from '@manyhands/proto';
import type { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { unavailable } from '../edge/problem.ts';
import type { KeptMessage } from './feed-entry.ts';

const DEADLINE_MS = 5_000;

export interface Ring {
  readonly lines: readonly KeptMessage[];
  add(stored: { sequence: number; data: Uint8Array; subject: string }): KeptMessage;
}

/** One client's hold on what is followed. */
export interface JobTail<Held extends Ring = Ring> {
  readonly ring: Held;
  /** Each message from now on. Returns how to stop. */
  listen(listener: (message: KeptMessage) => void): () => void;
  /** Once. */
  close(): void;
}

export interface FollowedStream<Held> {
  stream: StreamKey;
  ring: () => Held;
  /** Jobs at a time. */
  jobsMax: number;
  tooSlow: string;
  tooMany: string;
}

class Followed<Held extends Ring> {
  readonly ring: Held;
  readonly listeners = new Set<(message: KeptMessage) => void>();
  readonly ready: Promise<void>;
  readonly #tail: Promise<Tail>;
  holders = 0;

  constructor(broker: Broker, stream: StreamKey, filter: string, ring: Held) {
    this.ring = ring;
    const { promise: current, resolve } = Promise.withResolvers<void>();
    this.#tail = openTail(
      broker,
      stream,
      { filter },
      {
        // A copy: what is received is a piece of a larger buffer, which would stay with it.
        message: ({ sequence, data, subject }) => this.#take({ sequence, data: data.slice(), subject }),
        current: () => resolve(),
      },
    );
    this.ready = this.#tail.then(() => current);
    this.ready.catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#tail.then((tail) => tail.stop()).catch(() => undefined);
  }

  #take(stored: Parameters<Ring['add']>[0]): void {
    const message = this.ring.add(stored);
    for (const listener of this.listeners) listener(message);
  }
}

export class JobTails<Held extends Ring> {
  readonly #link: BrokerLink;
  readonly #what: FollowedStream<Held>;
  readonly #followed = new Map<string, Followed<Held>>();

  constructor(link: BrokerLink, what: FollowedStream<Held>) {
    this.#link = link;
    this.#what = what;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#followed.values()].map((followed) => followed.stop()));
    this.#followed.clear();
  }

  get count(): number {
    return this.#followed.size;
  }

  /** Resolves once what is stored is known. Throws `unavailable`, also when too many jobs are followed. */
  protected async openSubject(filter: string): Promise<JobTail<Held>> {
    const followed = this.#followed.get(filter) ?? this.#follow(filter);
    followed.holders += 1;
    const close = (): void => this.#release(filter, followed);
    try {
      await withDeadline(followed.ready, this.#what.tooSlow, DEADLINE_MS);
    } catch (error) {
      close();
      throw error;
    }
    return {
      ring: followed.ring,
      listen(listener) {
        followed.listeners.add(listener);
        return () => followed.listeners.delete(listener);
      },
      close,
    };
  }

  #follow(filter: string): Followed<Held> {
    const { stream, ring, jobsMax, tooMany } = this.#what;
    if (this.#followed.size >= jobsMax) throw unavailable(tooMany, 5);
    const followed = new Followed(this.#link.bus().broker, stream, filter, ring());
    this.#followed.set(filter, followed);
    return followed;
  }

  #release(filter: string, followed: Followed<Held>): void {
    followed.holders -= 1;
    if (followed.holders > 0) return;
    if (this.#followed.get(filter) === followed) this.#followed.delete(filter);
    void followed.stop();
  }
}
