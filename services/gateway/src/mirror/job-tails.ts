/**
 * What clients follow of single jobs beside their views: one reader on the server for each job, however many clients follow it.
 *
 *   unknown ──first client──▶ reading ──all that is stored was read──▶ followed ──last client has left──▶ unknown
 *
 * Invariant: a bounded number of jobs is followed, because each is a consumer on the server and holds here what is newest of it. Of one account half of them at
 * most, also where it names jobs that are not there.
 */
import { LOCAL_TENANT, type StreamKey } from '@manyhands/proto';
import type { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { unavailable } from '../edge/problem.ts';
import { Seats } from '../limits/seats.ts';
import type { KeptMessage } from './feed-entry.ts';
import { Followed, type Ring } from './followed-job.ts';

const DEADLINE_MS = 5_000;

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
  /** `isOwn`: so many of one account. */
  tooMany: (jobs: number, isOwn: boolean) => string;
}

export class JobTails<Held extends Ring> {
  readonly #link: BrokerLink;
  readonly #what: FollowedStream<Held>;
  readonly #followed = new Map<string, Followed<Held>>();
  readonly #seats: Seats;

  constructor(link: BrokerLink, what: FollowedStream<Held>) {
    this.#link = link;
    this.#what = what;
    this.#seats = new Seats(what.jobsMax);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#followed.values()].map((followed) => followed.stop()));
    this.#followed.clear();
  }

  get count(): number {
    return this.#followed.size;
  }

  /** Resolves once what is stored is known. Throws `unavailable`, also when too many jobs are followed. */
  protected async openSubject(tenant: string, filter: string): Promise<JobTail<Held>> {
    const followed = this.#followed.get(filter) ?? this.#follow(tenant, filter);
    followed.holders += 1;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.#release(filter, followed);
      isOpen = false;
    };
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

  #follow(tenant: string, filter: string): Followed<Held> {
    const { stream, ring, tooMany } = this.#what;
    const { broker } = this.#link.bus();
    const owner = { tenant, by: tenant === LOCAL_TENANT ? ('open' as const) : ('session' as const) };
    const leaveSeat = this.#seats.take(owner, (jobs, isOwn) => unavailable(tooMany(jobs, isOwn), 5));
    const followed = new Followed({ broker, stream, filter, ring: ring(), leaveSeat });
    this.#followed.set(filter, followed);
    return followed;
  }

  #release(filter: string, followed: Followed<Held>): void {
    followed.holders -= 1;
    if (followed.holders > 0) return;
    if (this.#followed.get(filter) === followed) this.#followed.delete(filter);
    followed.leaveSeat();
    void followed.stop();
  }
}
