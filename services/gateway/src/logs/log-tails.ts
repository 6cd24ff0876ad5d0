/**
 * The logs that clients follow now: one reader on the server for each job, however many clients follow it.
 *
 *   unknown ──first client──▶ reading ──all that is stored was read──▶ followed ──last client has left──▶ unknown
 *
 * Invariant: at most `limits.logsFollowedMax` jobs are followed, because each is a consumer on the server and holds its newest lines here (`line-ring.ts`).
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { openTail } from '@manyhands/broker';
import type { Broker, Tail } from '@manyhands/nats';
import { limits, logSubjects } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { unavailable } from '../edge/problem.ts';
import { type KeptLine, LineRing } from './line-ring.ts';
import type { StoredLine } from './listed-line.ts';

const DEADLINE_MS = 5_000;
const tooSlow = 'The log cannot be followed now, because NATS does not answer in time; try again in a few seconds.';

/** One client's hold on a followed log. */
export interface LogTail {
  readonly ring: LineRing;
  /** Each line from now on. Returns how to stop. */
  listen(listener: (line: KeptLine) => void): () => void;
  /** Once. */
  close(): void;
}

class FollowedLog {
  readonly ring = new LineRing();
  readonly listeners = new Set<(line: KeptLine) => void>();
  readonly ready: Promise<void>;
  readonly #tail: Promise<Tail>;
  holders = 0;

  constructor(broker: Broker, subject: string) {
    const { promise: current, resolve } = Promise.withResolvers<void>();
    this.#tail = openTail(
      broker,
      'logs',
      { filter: subject },
      {
        // A copy: what is received is a piece of a larger buffer, which would stay with it.
        message: ({ sequence, data }) => this.#take({ sequence, data: data.slice() }),
        current: () => resolve(),
      },
    );
    this.ready = this.#tail.then(() => current);
    this.ready.catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#tail.then((tail) => tail.stop()).catch(() => undefined);
  }

  #take(stored: StoredLine): void {
    const line = this.ring.add(stored);
    for (const listener of this.listeners) listener(line);
  }
}

@Injectable()
export class LogTails implements OnApplicationShutdown {
  readonly #followed = new Map<string, FollowedLog>();

  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#followed.values()].map((followed) => followed.stop()));
    this.#followed.clear();
  }

  get count(): number {
    return this.#followed.size;
  }

  /** Resolves once the newest lines are known. Throws `unavailable`, also when too many logs are followed. */
  async open(tenant: string, jobId: string): Promise<LogTail> {
    const subject = logSubjects.ofJob(tenant, jobId);
    const followed = this.#followed.get(subject) ?? this.#follow(subject);
    followed.holders += 1;
    const close = (): void => this.#release(subject, followed);
    try {
      await withDeadline(followed.ready, tooSlow, DEADLINE_MS);
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

  #follow(subject: string): FollowedLog {
    if (this.#followed.size >= limits.logsFollowedMax)
      throw unavailable(
        `The logs of ${limits.logsFollowedMax} jobs are followed here, which is as many as one gateway follows; read this one page by page, or try again in a moment.`,
        5,
      );
    const followed = new FollowedLog(this.link.bus().broker, subject);
    this.#followed.set(subject, followed);
    return followed;
  }

  #release(subject: string, followed: FollowedLog): void {
    followed.holders -= 1;
    if (followed.holders > 0) return;
    if (this.#followed.get(subject) === followed) this.#followed.delete(subject);
    void followed.stop();
  }
}
