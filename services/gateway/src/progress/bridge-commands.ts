/** Carries out what a WebSocket client asks for: the topics of `proto/src/messages/bridge.ts`, within the tenant's own keys. */
import { Inject, Injectable } from '@nestjs/common';
import { BridgeCommand, decode, encode, isManyhandsError, keys } from '@manyhands/proto';
import type { BridgeClient } from './bridge-client.ts';
import { bridgeFrame } from './bridge-frame.ts';
import { newsOf, type News } from './channel.ts';
import { Channels } from './channels.ts';
import { FanOut } from './fan-out.ts';
import type { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';
import { JobViews } from './job-views.ts';

/** Subscriptions of one client. */
export const SUBSCRIPTIONS_MAX = 200;

@Injectable()
export class BridgeCommands {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
    @Inject(Channels) private readonly channels: Channels,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Never throws: what is wrong goes to the client as an `error` frame. */
  async carryOut(tenant: string, client: BridgeClient, frame: Uint8Array): Promise<void> {
    let command: BridgeCommand;
    try {
      command = decode(BridgeCommand, frame);
    } catch (error) {
      const why = isManyhandsError(error) ? error.message : 'unreadable';
      return this.#refuse(client, '', `Not a command (${why}); send {"do":"subscribe","topic":"jobs"} or {"do":"subscribe","topic":"job","id":"<job id>"}.`);
    }
    if (command.do === 'ask') return this.#answer(client, newsOf([{ slot: 'alive', bytes: bridgeFrame({ topic: 'alive', key: '', revision: 0 }, encode({ current: this.feeds.areCurrent })) }]));
    const key = command.topic === 'job' ? keys.job(tenant, command.id) : command.topic;
    const subscription = `${command.topic} ${key}`;
    if (command.do === 'unsubscribe') return client.leave(subscription);
    if (!client.has(subscription) && client.subscriptionCount >= SUBSCRIPTIONS_MAX) {
      return this.#refuse(client, key, `At most ${SUBSCRIPTIONS_MAX} subscriptions per connection; unsubscribe from some first.`);
    }
    client.leave(subscription);
    client.reserve(subscription);
    const now = command.topic === 'job' ? await this.#jobNow(tenant, client, command.id, key) : undefined;
    if (client.has(subscription)) client.join(subscription, command.topic === 'job' ? this.channels.job(key, now) : this.channels.list(tenant, command.topic));
  }

  async #jobNow(tenant: string, client: BridgeClient, jobId: string, key: string): Promise<FeedEntry | undefined> {
    const known = this.feeds.jobs.get(key);
    if (known?.value) return known;
    try {
      const now = await this.views.load(tenant, jobId);
      if (!now) this.#refuse(client, key, 'Job not found.');
      return now;
    } catch (error) {
      this.#refuse(client, key, (error as Error).message);
      return undefined;
    }
  }

  #refuse(client: BridgeClient, key: string, detail: string): void {
    client.error(key, detail);
    this.fanOut.follow(client);
  }

  /** What waits for a client that is behind is sent by the fan-out. */
  #answer(client: BridgeClient, news: News): void {
    client.take(news);
    this.fanOut.follow(client);
  }
}
