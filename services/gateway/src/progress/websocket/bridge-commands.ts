/**
 * Carries out what a WebSocket client asks for: the topics of `proto/src/messages/bridge.ts`.
 *
 * Invariant: each subscription is within the keys of the caller's own tenant, or of another where the caller is an administrator; what the system as a whole does is for
 * administrators, and of workers other users see what can be computed, and nothing of hosts or of others' jobs.
 */
import { Inject, Injectable } from '@nestjs/common';
import { answeredSubjects, BridgeCommand, decode, encode, isManyhandsError, keys, logSubjects } from '@manyhands/proto';
import { chosenTenant, demandAdmin, isAdministrator } from '../../identity/chosen-tenant.ts';
import type { Caller } from '../../identity/caller.ts';
import type { BridgeClient } from './bridge-client.ts';
import { bridgeFrame, framesOf, framesOfChanges, framesOfRows, framesOfUsers, tailFrames } from './bridge-frame.ts';
import { newsOf, type Channel, type News } from '../fan-out/channel.ts';
import { Channels } from '../fan-out/channels.ts';
import { Problem } from '../../edge/problem.ts';
import { FanOut } from '../fan-out/fan-out.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { digestOf } from '../../mirror/job-digest.ts';
import { JobViews } from '../../mirror/job-views.ts';
import { LeaseTails } from '../../leases/lease-tails.ts';
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
    @Inject(LogTails) private readonly logs: LogTails,
    @Inject(LeaseTails) private readonly leases: LeaseTails,
  ) {}

  /**
   * Begins what a client asks for, and returns how to finish it, in the order of its commands: so many of them wait for NATS together. Never throws: what
   * is wrong goes to the client as an `error` frame; `false`: what was asked for cannot be known now, so the client is to be disconnected.
   */
  async begin(caller: Caller, client: BridgeClient, frame: Uint8Array): Promise<() => boolean> {
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
    const tenant = command.tenant ?? caller.tenant;
    const key = keyOf(caller, command);
    const subscription = `${topic} ${key}`;
    if (command.do === 'unsubscribe') {
      client.leave(subscription);
      return () => true;
    }
    if (!client.has(subscription) && client.subscriptionCount >= SUBSCRIPTIONS_MAX) {
      return () =>
        this.#refuse(client, key, `At most ${SUBSCRIPTIONS_MAX} subscriptions per connection; unsubscribe from some first.`);
    }
    const refusal = refusalOf(caller, command);
    if (refusal !== undefined) return () => this.#refuse(client, key, refusal);
    const reservation = client.reserve(subscription);
    try {
      await this.feeds.confirmOnceUp(topic === 'job' || topic === 'logs' || topic === 'leases' ? 'jobs' : topic);
      const { open, close, isMissing = false } = await this.#channelOf(caller, tenant, command, key);
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
  async #channelOf(caller: Caller, tenant: string, command: Subscription, key: string): Promise<Joining> {
    switch (command.topic) {
      case 'job': {
        const now = await this.#jobNow(tenant, command.id, keys.job(tenant, command.id));
        return {
          open: () =>
            command.changes
              ? this.channels.job(command.brief ? 'brief' : 'changes', key, now, framesOfChanges(key, command))
              : this.channels.job('frames', key, now, framesOf('job', key)),
          isMissing: now === undefined,
        };
      }
      case 'logs':
      case 'leases': {
        const { topic } = command;
        const now = await this.#jobNow(tenant, command.id, keys.job(tenant, command.id));
        const tail = await (topic === 'logs' ? this.logs : this.leases).open(tenant, command.id);
        const isMissing = now === undefined && tail.ring.lines.length === 0;
        return { open: () => this.channels.tail(key, tail, tailFrames(topic, key)), close: () => tail.close(), isMissing };
      }
      case 'jobs':
        return {
          open: () =>
            command.rows
              ? this.channels.jobs('rows', tenant, framesOfRows(key))
              : this.channels.jobs('jobs', tenant, framesOf('jobs', key)),
        };
      case 'workers': {
        const isShownAll = isAdministrator(caller);
        const written = isShownAll ? framesOf('workers', key) : framesOfUsers(key);
        return { open: () => this.channels.list(isShownAll ? 'admin' : 'user', 'workers', written) };
      }
      case 'kinds':
      case 'stats': {
        const { topic } = command;
        return { open: () => this.channels.list('all', topic, framesOf(topic, key)) };
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

/** What a subscription is called: of another tenant's list with the tenant. */
function keyOf(caller: Caller, command: Subscription): string {
  const tenant = command.tenant ?? caller.tenant;
  if (command.topic === 'job') return keys.job(tenant, command.id);
  if (command.topic === 'logs') return logSubjects.ofJob(tenant, command.id);
  if (command.topic === 'leases') return answeredSubjects.nameOf(tenant, command.id);
  return tenant === caller.tenant ? command.topic : `${command.topic} ${tenant}`;
}

/** Why a caller may not subscribe to something, as a sentence. */
function refusalOf(caller: Caller, command: Subscription): string | undefined {
  try {
    chosenTenant(caller, command.tenant, command.topic === 'jobs' ? 'any' : 'one');
    if (command.topic === 'stats') demandAdmin(caller, 'Only administrators may follow what the whole system does.');
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return (error.getResponse() as { detail: string }).detail;
  }
}
