/** Orders one worker to take no more leases, and waits until its heartbeat shows that it received the order. Repeating is safe. */
import { Inject, Injectable } from '@nestjs/common';
import { coreSubjects, encode, type DrainWorker } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { cut, notFound, unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { WorkerRoster } from './worker-roster.ts';

/** A worker writes what has changed within a second. */
const SHOWN_WITHIN_MS = 4_000;

@Injectable()
export class WorkerDrain {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
  ) {}

  /** Throws 404 for a worker that is not there, 503 when it does not show that it drains. */
  async order(workerId: string): Promise<void> {
    const { broker } = this.link.bus();
    await this.feeds.confirm('workers');
    if (this.#beatOf(workerId) === undefined)
      throw notFound(`No live worker is called "${cut(workerId)}"; see GET /v1/workers for those that are there.`);
    const { promise: shown, resolve } = Promise.withResolvers<boolean>();
    const isShown = (): void => {
      if (this.#beatOf(workerId)?.draining !== false) resolve(true);
    };
    const unlisten = this.feeds.workers.listenTo(workerId, isShown);
    const timer = setTimeout(() => resolve(false), SHOWN_WITHIN_MS);
    try {
      isShown();
      broker.publish(
        coreSubjects.drainWorker(workerId),
        encode({ v: 1, type: 'DrainWorker', worker: workerId } satisfies DrainWorker),
      );
      if (await shown) return;
    } finally {
      unlisten();
      clearTimeout(timer);
    }
    throw unavailable(
      `The worker ${workerId} does not show that it takes no more leases. Try again; one of an earlier release, or without the permission to listen to ${coreSubjects.drainAnyWorker}, drains when its process is ordered to stop.`,
    );
  }

  #beatOf(workerId: string) {
    return this.roster.live().find(({ worker }) => worker === workerId);
  }
}
