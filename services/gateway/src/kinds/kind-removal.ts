/**
 * Removes the registration of a kind that no worker computes any more.
 *
 * Invariant: it is refused while a live worker computes the kind, or a job of it has not ended. A worker that starts later registers it again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isFinal, isManyhandsError, keys } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { Storage } from '../bus/storage.ts';
import { conflict, cut, notFound, unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf } from '../mirror/job-digest.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';

@Injectable()
export class KindRemoval {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
  ) {}

  /** Throws 404 for a kind that is not registered, 409 while it is in use, 503. */
  async remove(kind: string): Promise<void> {
    const { buckets } = this.link.bus();
    const late = () => unavailable(this.storage.whyLate(), 3);
    await Promise.all([this.feeds.confirm('kinds'), this.feeds.confirm('jobs')]);
    const entry = this.feeds.kinds.get(kind);
    if (!entry || entry.gone) throw notFound(`No kind "${cut(kind)}" is registered; see GET /v1/kinds for those that are.`);
    const live = (await this.roster.liveNow()).filter(({ kinds }) => kinds.includes(kind));
    if (live[0])
      throw conflict(`Live workers that compute ${kind}: ${live.length}, for example ${live[0].worker}. Stop them first.`);
    const unfinished = this.feeds.jobs.entries().filter((job) => {
      const digest = digestOf(job);
      return digest?.kind === kind && !isFinal(digest.status);
    }).length;
    if (unfinished > 0)
      throw conflict(`Jobs of ${kind} that have not ended: ${unfinished}. Cancel them, or start a worker that computes them.`);
    try {
      await withDeadline(buckets.kinds.remove(keys.kind(kind), entry.revision), late);
    } catch (error) {
      if (isManyhandsError(error, 'revision_conflict'))
        throw conflict(`A worker has registered ${kind} again at this moment; stop it first.`);
      throw error;
    }
  }
}
