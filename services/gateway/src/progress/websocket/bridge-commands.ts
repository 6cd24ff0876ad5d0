/** Carries out what a WebSocket client asks for: the topics of `proto/src/messages/bridge.ts`, within the tenant's own keys. */
import { Inject, Injectable } from '@nestjs/common';
import { BridgeCommand, decode, encode, isManyhandsError, keys } from '@manyhands/proto';
import type { BridgeClient } from './bridge-client.ts';
import { bridgeFrame, framesOf } from './bridge-frame.ts';
import { newsOf, type News } from '../fan-out/channel.ts';
import { Channels } from '../fan-out/channels.ts';
import { FanOut } from '../fan-out/fan-out.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { digestOf } from '../../mirror/job-digest.ts';
import { JobViews } from '../../mirror/job-views.ts';
import { mayRunAgain } from '../../mirror/requeued-view.ts';

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

  /**
   * Begins what a client asks for, and returns how to finish it, in the order of its commands: so many of them wait for NATS together. Never throws: what
   * is wrong goes to the client as an `error` frame; `false`: what was asked for cannot be known now, so the client is to be disconnected.
   */
  async begin(tenant: string, client: BridgeClient, frame: Uint8Array): Promise<() => boolean> {
    let command: BridgeCommand;
    try {
      command = decode(BridgeCommand, frame);
    } catch (error) {
      const why = isManyhandsError(error) ? error.message : 'unreadable';
      return () =>
        this.#refuse(
          client,
          '',
          `Not a command (${why}); send {"do":"subscribe","topic":"jobs"} or {"do":"subscribe","topic":"job","id":"<job id>"}.`,
        );
    }
    if (command.do === 'ask')
      return () =>
        this.#answer(
          client,
          newsOf([
            {
              slot: 'alive',
              bytes: bridgeFrame({ topic: 'alive', key: '', revision: 0 }, encode({ current: this.feeds.areCurrent })),
            },
          ]),
        );
    const { topic } = command;
    const key = topic === 'job' ? keys.job(tenant, command.id) : topic;
    const subscription = `${topic} ${key}`;
    if (command.do === 'unsubscribe') {
      client.leave(subscription);
      return () => true;
    }
    if (!client.has(subscription) && client.subscriptionCount >= SUBSCRIPTIONS_MAX) {
      return () =>
        this.#refuse(client, key, `At most ${SUBSCRIPTIONS_MAX} subscriptions per connection; unsubscribe from some first.`);
    }
    const reservation = client.reserve(subscription);
    try {
      await this.feeds.confirmOnceUp(topic === 'job' ? 'jobs' : topic);
      const now = topic === 'job' ? await this.#jobNow(tenant, command.id, key) : undefined;
      return () => {
        if (topic === 'job' && now === undefined) this.#refuse(client, key, 'Job not found.');
        if (client.holds(reservation))
          client.join(
            subscription,
            topic === 'job'
              ? this.channels.job('frames', key, now, framesOf(topic, key))
              : this.channels.list(tenant, topic, framesOf(topic, key)),
          );
        return true;
      };
    } catch (error) {
      return () => {
        this.#refuse(client, key, (error as Error).message);
        return false;
      };
    }
  }

  /** The feed knows it, unless its bytes were forgotten or it may have been ordered to run again. */
  async #jobNow(tenant: string, jobId: string, key: string): Promise<FeedEntry | undefined> {
    const known = this.feeds.jobs.get(key);
    const digest = known && digestOf(known);
    return known?.value && !(digest && mayRunAgain(digest)) ? known : this.views.load(tenant, jobId);
  }

  #refuse(client: BridgeClient, key: string, detail: string): boolean {
    client.error(key, detail);
    this.fanOut.follow(client);
    return true;
  }

  /** What waits for a client that is behind is sent by the fan-out. */
  #answer(client: BridgeClient, news: News): boolean {
    client.take(news);
    this.fanOut.follow(client);
    return true;
  }
}
