/**
 * Who listens to which topic of the bridge, and the newest frames they have not been given yet.
 *
 * Invariant: a topic has an entry while it has a listener; of several frames of one key only the newest is kept, unparsed. Lines of a log are all kept.
 */
import type { BridgeCommand } from '@manyhands/proto';
import { jobIdOf, type BridgeFrame } from './bridge-frame.ts';

/** A list of the system, or one job or the log of one by its id. */
export type BridgeTopic = Exclude<BridgeCommand['topic'], 'job' | 'logs' | 'alive'> | { job: string } | { logs: string };

export interface BridgeListener {
  /** A connection was made; the current values follow. */
  restart?(): void;
  /** The newest frame of each key that changed. */
  frames(frames: BridgeFrame[]): void;
  /** All current values were sent. */
  replayed?(): void;
}

type Subscription = Exclude<BridgeCommand, { topic: 'alive' }>;

interface Followed {
  subscribe: Subscription;
  listeners: Set<BridgeListener>;
  fresh: Map<string, BridgeFrame>;
  replayed: boolean;
}

export class BridgeTopics {
  readonly #followed = new Map<string, Followed>();

  /** Adds a listener. Answers the commands that the wire needs to hear now, if there is a wire. */
  add(topic: BridgeTopic, listener: BridgeListener): BridgeCommand[] {
    const name = nameOf(topic);
    const known = this.#followed.get(name);
    if (known) {
      known.listeners.add(listener);
      // The newcomer needs the current values as well, so they are asked for anew.
      return [{ ...known.subscribe, do: 'unsubscribe' }, this.#restart(known)];
    }
    const subscribe = subscriptionOf(topic);
    this.#followed.set(name, { subscribe, listeners: new Set([listener]), fresh: new Map(), replayed: false });
    return [subscribe];
  }

  remove(topic: BridgeTopic, listener: BridgeListener): BridgeCommand[] {
    const known = this.#followed.get(nameOf(topic));
    if (!known?.listeners.delete(listener) || known.listeners.size > 0) return [];
    this.#followed.delete(nameOf(topic));
    return [{ ...known.subscribe, do: 'unsubscribe' }];
  }

  /** A new connection: what to say on it. */
  restart(): BridgeCommand[] {
    return [...this.#followed.values()].map((each) => this.#restart(each));
  }

  /** Keeps a frame for its listeners. Answers whether there is anything to hand over. */
  take(frame: BridgeFrame): boolean {
    const { topic, key, revision } = frame.head;
    const known = this.#followed.get(topic === 'job' || topic === 'logs' || topic === 'ready' ? subscriptionIn(key) : topic);
    if (!known) return false;
    if (topic === 'ready') known.replayed = true;
    else if (topic === 'logs') known.fresh.set(String(revision), frame);
    else if ((known.fresh.get(key)?.head.revision ?? -1) <= revision) known.fresh.set(key, frame);
    return true;
  }

  /** Hands over what was kept. */
  flush(): void {
    for (const known of [...this.#followed.values()]) {
      const frames = [...known.fresh.values()];
      const { replayed } = known;
      known.fresh.clear();
      known.replayed = false;
      for (const listener of known.listeners) {
        if (frames.length > 0) listener.frames(frames);
        if (replayed) listener.replayed?.();
      }
    }
  }

  #restart(known: Followed): BridgeCommand {
    known.fresh.clear();
    known.replayed = false;
    for (const listener of known.listeners) listener.restart?.();
    return known.subscribe;
  }
}

function nameOf(topic: BridgeTopic): string {
  if (typeof topic === 'string') return topic;
  return 'job' in topic ? topic.job : `log ${topic.logs}`;
}

function subscriptionOf(topic: BridgeTopic): Subscription {
  if (typeof topic === 'string') return { do: 'subscribe', topic };
  return 'job' in topic ? { do: 'subscribe', topic: 'job', id: topic.job } : { do: 'subscribe', topic: 'logs', id: topic.logs };
}

/** The name of the topic whose key this is: of a job `<tenant>.<job>`, of its log `log.<tenant>.<job>`. */
function subscriptionIn(key: string): string {
  return key.split('.').length === 3 ? `log ${jobIdOf(key)}` : jobIdOf(key);
}
