/**
 * Who listens to which topic of the bridge, and the newest frames they have not been given yet.
 *
 * Invariant: a topic has an entry while it has a listener; of several frames of one key only the newest is kept, unparsed. Lines of a log and pages of leases are all kept, and of a job its
 * newest whole view with all that changed since; changes are kept only behind a whole view of the same subscription, or behind those that were handed over.
 */
import type { BridgeCommand } from '@manyhands/proto';
import type { BridgeFrame } from './bridge-frame.ts';
import { nameOf, subscriptionIn, subscriptionOf, type BridgeTopic, type Subscription } from './bridge-subscription.ts';

export interface BridgeListener {
  /** A connection was made; the current values follow. */
  restart?(): void;
  /** The newest frame of each key that changed. */
  frames(frames: BridgeFrame[]): void;
  /** All current values were sent. */
  replayed?(): void;
}

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
  /** The job whose changes do not state whose they are: one at most. */
  #brief: string | undefined;

  /** Adds a listener. Answers the commands that the wire needs to hear now, if there is a wire. */
  add(topic: BridgeTopic, listener: BridgeListener): BridgeCommand[] {
    const name = nameOf(topic);
    const known = this.#followed.get(name);
    if (known) {
      known.listeners.add(listener);
      // The newcomer needs the current values as well, so they are asked for anew.
      return [{ ...known.subscribe, do: 'unsubscribe' }, this.#restart(known)];
    }
    const subscribe = subscriptionOf(topic, this.#brief === undefined);
    if ('brief' in subscribe) this.#brief = name;
    this.#followed.set(name, { subscribe, listeners: new Set([listener]), fresh: new Map(), whole: false, replayed: false });
    return [subscribe];
  }

  remove(topic: BridgeTopic, listener: BridgeListener): BridgeCommand[] {
    const name = nameOf(topic);
    const known = this.#followed.get(name);
    if (!known?.listeners.delete(listener) || known.listeners.size > 0) return [];
    this.#followed.delete(name);
    if (this.#brief === name) this.#brief = undefined;
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
    const known = this.#followed.get(isOfOne ? (key === '' ? (this.#brief ?? '') : subscriptionIn(key)) : topic);
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
