/**
 * Who listens to which topic of the bridge, and the newest frames they have not been given yet.
 *
 * Invariant: a topic has an entry while it has a listener; of several frames of one key only the newest is kept, unparsed. Lines of a log and pages of leases are all kept, and of a job its
 * newest whole view with all that changed since; changes are kept only behind a whole view of the same subscription, or behind those that were handed over.
 */
import type { BridgeCommand } from '@manyhands/proto';
import { jobIdOf, type BridgeFrame } from './bridge-frame.ts';

/** A list of the system, or one job, the log or the leases of one by its id. */
export type BridgeTopic =
  Exclude<BridgeCommand['topic'], 'job' | 'logs' | 'leases' | 'alive'> | { job: string } | { logs: string } | { leases: string };

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
  /** Whether changes are of use: there was a whole view. */
  whole: boolean;
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
    this.#followed.set(name, { subscribe, listeners: new Set([listener]), fresh: new Map(), whole: false, replayed: false });
    return [subscribe];
  }

  remove(topic: BridgeTopic, listener: BridgeListener): BridgeCommand[] {
    const known = this.#followed.get(nameOf(topic));
    if (!known?.listeners.delete(listener) || known.listeners.size > 0) return [];
    this.#followed.delete(nameOf(topic));
    return [{ ...known.subscribe, do: 'unsubscribe' }];
  }

  follows(topic: BridgeTopic): boolean {
    return this.#followed.has(nameOf(topic));
  }

  /** A new connection: what to say on it. */
  restart(): BridgeCommand[] {
    return [...this.#followed.values()].map((each) => this.#restart(each));
  }

  /** Keeps a frame for its listeners. Answers whether there is anything to hand over. */
  take(frame: BridgeFrame): boolean {
    const { topic, key, revision } = frame.head;
    const isOfOne = ['job', 'changes', 'logs', 'leases', 'ready'].includes(topic);
    const known = this.#followed.get(isOfOne ? subscriptionIn(key) : topic);
    if (!known) return false;
    if (topic === 'ready') known.replayed = true;
    else if (topic === 'logs' || topic === 'leases') known.fresh.set(String(revision), frame);
    else if (topic === 'job') {
      known.whole = true;
      known.fresh.clear();
      known.fresh.set(key, frame);
    } else if (topic === 'changes') {
      if (!known.whole) return false;
      known.fresh.set(`${key} ${known.fresh.size}`, frame);
    } else if ((known.fresh.get(key)?.head.revision ?? -1) <= revision) known.fresh.set(key, frame);
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
    known.whole = false;
    known.replayed = false;
    for (const listener of known.listeners) listener.restart?.();
    return known.subscribe;
  }
}

function nameOf(topic: BridgeTopic): string {
  if (typeof topic === 'string') return topic;
  if ('job' in topic) return topic.job;
  return 'logs' in topic ? `log ${topic.logs}` : `answered ${topic.leases}`;
}

function subscriptionOf(topic: BridgeTopic): Subscription {
  if (topic === 'jobs') return { do: 'subscribe', topic, rows: true };
  if (typeof topic === 'string') return { do: 'subscribe', topic };
  if ('job' in topic) return { do: 'subscribe', topic: 'job', id: topic.job, changes: true };
  return 'logs' in topic
    ? { do: 'subscribe', topic: 'logs', id: topic.logs }
    : { do: 'subscribe', topic: 'leases', id: topic.leases };
}

/** The name of the topic whose key this is: of a job `<tenant>.<job>`, of its log `log.<tenant>.<job>`, of its leases `answered.<tenant>.<job>`. */
function subscriptionIn(key: string): string {
  const words = key.split('.');
  return words.length === 3 ? `${words[0]} ${jobIdOf(key)}` : jobIdOf(key);
}
