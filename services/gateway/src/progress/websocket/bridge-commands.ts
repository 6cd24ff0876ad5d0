/** Carries out what a WebSocket client asks for: the topics of `proto/src/messages/bridge.ts`, within the tenant's own keys. */
import { Inject, Injectable } from '@nestjs/common';
import { BridgeCommand, decode, encode, isManyhandsError, keys, logSubjects } from '@manyhands/proto';
import type { BridgeClient } from './bridge-client.ts';
import { bridgeFrame, framesOf, lineFrames } from './bridge-frame.ts';
import { newsOf, type Channel, type News } from '../fan-out/channel.ts';
import { Channels } from '../fan-out/channels.ts';
import { FanOut } from '../fan-out/fan-out.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { digestOf } from '../../mirror/job-digest.ts';
import { JobViews } from '../../mirror/job-views.ts';
import { LogTails } from '../../logs/log-tails.ts';
import { mayRunAgain } from '../../mirror/requeued-view.ts';

/** Subscriptions of one client. */
export const SUBSCRIPTIONS_MAX = 200;

type Subscription = Exclude<BridgeCommand, { topic: 'alive' }>;

interface Joining {
  open(): Channel;
  close?(): void;
  isMissing?: boolean;
}

@Injectable()
export class BridgeCommands {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
    @Inject(Channels) private readonly channels: Channels,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(LogTails) private readonly tails: LogTails,
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
    const key = keyOf(tenant, command);
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
      await this.feeds.confirmOnceUp(topic === 'job' || topic === 'logs' ? 'jobs' : topic);
      const { open, close, isMissing = false } = await this.#channelOf(tenant, command, key);
      return () => {
        if (isMissing) this.#refuse(client, key, 'Job not found.');
        if (client.holds(reservation)) client.join(subscription, open());
        else close?.();
        return true;
      };
    } catch (error) {
      return () => {
        this.#refuse(client, key, (error as Error).message);
        return false;
      };
    }
  }

  /** What to join; `close` instead of `open` when it is not joined after all. */
  async #channelOf(tenant: string, command: Subscription, key: string): Promise<Joining> {
    switch (command.topic) {
      case 'job': {
        const now = await this.#jobNow(tenant, command.id, keys.job(tenant, command.id));
        return {
          open: () => this.channels.job('frames', key, now, framesOf('job', key)),
          isMissing: now === undefined,
        };
      }
      case 'logs': {
        const now = await this.#jobNow(tenant, command.id, keys.job(tenant, command.id));
        const tail = await this.tails.open(tenant, command.id);
        const isMissing = now === undefined && tail.ring.lines.length === 0;
        return { open: () => this.channels.log(key, tail, lineFrames(key)), close: () => tail.close(), isMissing };
      }
      default: {
        const { topic } = command;
        return { open: () => this.channels.list(tenant, topic, framesOf(topic, key)) };
      }
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

function keyOf(tenant: string, command: Subscription): string {
  if (command.topic === 'job') return keys.job(tenant, command.id);
  return command.topic === 'logs' ? logSubjects.ofJob(tenant, command.id) : command.topic;
}
