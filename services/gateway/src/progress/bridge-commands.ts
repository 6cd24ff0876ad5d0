/** Carries out what a WebSocket client asks for: the topics of `proto/src/messages/bridge.ts`, within the tenant's own keys. */
import { Inject, Injectable } from '@nestjs/common';
import { BridgeCommand, decode, isManyhandsError, keys, limits } from '@manyhands/proto';
import type { BridgeClient } from './bridge-client.ts';
import type { BucketFeed } from './bucket-feed.ts';
import type { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';
import { JobViews } from './job-views.ts';

/** Subscriptions of one client. */
export const SUBSCRIPTIONS_MAX = 200;

@Injectable()
export class BridgeCommands {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Never throws: what is wrong goes to the client as an `error` frame. */
  async carryOut(tenant: string, client: BridgeClient, frame: Uint8Array): Promise<void> {
    let command: BridgeCommand;
    try {
      command = decode(BridgeCommand, frame);
    } catch (error) {
      const why = isManyhandsError(error) ? error.message : 'unreadable';
      return client.error('', `Not a command (${why}); send {"do":"subscribe","topic":"jobs"} or {"do":"subscribe","topic":"job","id":"<job id>"}.`);
    }
    const key = command.topic === 'job' ? keys.job(tenant, command.id) : command.topic;
    const subscription = `${command.topic} ${key}`;
    if (command.do === 'unsubscribe') return client.remove(subscription, command.topic, command.topic === 'job' ? key : undefined);
    if (!client.has(subscription) && client.subscriptionCount >= SUBSCRIPTIONS_MAX) {
      return client.error(key, `At most ${SUBSCRIPTIONS_MAX} subscriptions per connection; unsubscribe from some first.`);
    }
    client.remove(subscription, command.topic, command.topic === 'job' ? key : undefined);
    if (command.topic === 'job') await this.#followJob(tenant, client, command.id, key, subscription);
    else this.#followList(tenant, client, command.topic, subscription);
  }

  #followList(tenant: string, client: BridgeClient, topic: Exclude<BridgeCommand['topic'], 'job'>, subscription: string): void {
    const feed: BucketFeed = this.feeds.of(topic);
    const mine = topic === 'jobs' ? (entry: FeedEntry) => entry.key.startsWith(keys.job(tenant, '')) : () => true;
    client.add(subscription, feed.listen((entry) => mine(entry) && client.state(topic, entry)));
    for (const entry of newest(feed.entries().filter(mine), topic === 'jobs')) client.state(topic, entry);
    client.ready(topic);
  }

  async #followJob(tenant: string, client: BridgeClient, jobId: string, key: string, subscription: string): Promise<void> {
    let heard = -1;
    const tell = (entry: FeedEntry): void => {
      if (entry.revision < heard || (entry.revision === heard && !entry.gone)) return;
      heard = entry.revision;
      client.state('job', entry);
    };
    client.add(subscription, this.feeds.jobs.listenTo(key, tell));
    const known = this.feeds.jobs.get(key);
    try {
      const now = known?.value ? known : await this.views.load(tenant, jobId);
      if (!client.has(subscription)) return;
      if (now) tell(now);
      else if (heard < 0) client.error(key, 'Job not found.');
    } catch (error) {
      client.error(key, (error as Error).message);
    }
    if (client.has(subscription)) client.ready(key);
  }
}

/** Of jobs only the newest page, oldest first; the rest is behind `GET /v1/jobs`. */
function newest(entries: FeedEntry[], areJobs: boolean): FeedEntry[] {
  if (!areJobs) return entries;
  const held = entries.filter((entry) => entry.value);
  return held.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(-limits.pageSizeMax);
}
