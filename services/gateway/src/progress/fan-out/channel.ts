/**
 * All clients that receive the same changes: all watchers of one job, or of one list.
 *
 * Invariant: a state is made ready to be sent once, and every watcher is handed those same bytes. For each key a watcher receives rising
 * revisions. A client that joins is sent everything there is in the next pass, and from then on what changes; all who join before
 * the same pass share those bytes too.
 */
import type { FeedEntry } from '../../mirror/feed-entry.ts';

/** The newest state of one key, ready to be sent. */
export interface State {
  /** What a newer state takes the place of while it waits: unique across channels. */
  readonly slot: string;
  readonly bytes: Buffer;
  /** Absent from an answer to one client. */
  readonly channel?: Channel;
  /** Absent from what belongs to no key. */
  readonly entry?: FeedEntry;
  /** Where it is a part, good only for who has all that was sent before it: what all others are sent. */
  readonly whole?: State;
}

/** States to be sent, in order, and the same joined to few writes. */
export interface News {
  readonly states: readonly State[];
  readonly batches: readonly Batch[];
}

export interface Batch {
  readonly bytes: Buffer;
  readonly states: readonly State[];
}

export interface Watcher {
  /** Sends at once, or keeps the newest state of each slot until its client can take it. */
  take(news: News): void;
  /** Something waits for its client. */
  readonly isBehind: boolean;
  /** Bytes held for its client alone. */
  readonly heldBytes: number;
  /** Sends what waits if the client takes it now; ends a client that has taken nothing for too long. */
  catchUp(nowMs: number): void;
}

/** Bytes of one write, unless a single state is larger. With what waits beside it a client stays under 64 KiB. */
export const BATCH_BYTES_MAX = 32 * 1024;

export interface ChannelOptions {
  /** One state as bytes on the wire. */
  encode(entry: FeedEntry): Buffer;
  /** What changed, ready to be sent to who was sent the state before; undefined: nothing less than the state will do. Only where `everything` is absent. */
  part?(before: State, after: State): Buffer | undefined;
  /** Everything there is to send now. Absent: the newest of each key that was sent; what is older than that is not sent. */
  everything?(): readonly FeedEntry[];
  /** Sent to a client that joins, after everything else. */
  ready?: Buffer;
  /** Called when something is to be sent in the next pass. */
  due(channel: Channel): void;
  /** Called when the last watcher has left. */
  empty(): void;
}

export class Channel {
  readonly #name: string;
  readonly #options: ChannelOptions;
  readonly #watchers = new Set<Watcher>();
  readonly #joining = new Set<Watcher>();
  readonly #changed = new Map<string, State>();
  readonly #newest = new Map<string, State>();
  /** As all watchers were sent it, or have it waiting. */
  readonly #passed = new Map<string, State>();

  constructor(name: string, options: ChannelOptions) {
    this.#name = name;
    this.#options = options;
  }

  join(watcher: Watcher): void {
    this.#joining.add(watcher);
    this.#options.due(this);
  }

  leave(watcher: Watcher): void {
    const wasJoining = this.#joining.delete(watcher);
    const left = this.#watchers.delete(watcher) || wasJoining;
    if (left && this.#watchers.size + this.#joining.size === 0) this.#options.empty();
  }

  /** Takes a change; an older one of the same key that was not sent yet is dropped. */
  change(entry: FeedEntry): void {
    const known = this.#newest.get(entry.key)?.entry;
    if (known && !entry.isNewerThan(known)) return;
    const state = this.#stateOf(entry);
    if (!this.#options.everything) this.#newest.set(entry.key, state);
    this.#changed.set(entry.key, state);
    this.#options.due(this);
  }

  /** Made at once: the entry may forget its bytes before the pass. */
  #stateOf(entry: FeedEntry): State {
    return { slot: `${this.#name} ${entry.key}`, bytes: this.#options.encode(entry), channel: this, entry };
  }

  /** Sends to every watcher. Yields after each watcher, so that the caller may let others run between two. */
  *pass(): Generator<Watcher, void> {
    const [watchers, joining] = [[...this.#watchers], [...this.#joining]];
    const changes = newsOf([...this.#changed.values()].map((state) => this.#partOf(state)));
    const everything = newsOf(joining.length > 0 ? this.#everything() : []);
    this.#changed.clear();
    this.#joining.clear();
    for (const watcher of joining) this.#watchers.add(watcher);
    yield* this.#tell(watchers, changes);
    yield* this.#tell(joining, everything);
  }

  #partOf(state: State): State {
    if (!this.#options.part || !state.entry) return state;
    const before = this.#passed.get(state.entry.key);
    this.#passed.set(state.entry.key, state);
    const bytes = before && this.#options.part(before, state);
    return bytes ? { ...state, bytes, whole: state } : state;
  }

  *#tell(watchers: readonly Watcher[], news: News): Generator<Watcher, void> {
    if (news.states.length === 0) return;
    for (const watcher of watchers) {
      if (!this.#watchers.has(watcher)) continue;
      watcher.take(news);
      yield watcher;
    }
  }

  #everything(): readonly State[] {
    const { ready } = this.#options;
    const states = this.#options.everything?.().map((entry) => this.#stateOf(entry)) ?? [...this.#newest.values()];
    return ready ? [...states, { slot: `${this.#name} ready`, bytes: ready, channel: this }] : states;
  }
}

export function newsOf(states: readonly State[]): News {
  return { states, batches: batchesOf(states) };
}

/** One write each, as large as allowed. */
function batchesOf(states: readonly State[]): Batch[] {
  const batches: State[][] = [];
  let bytes = Infinity;
  for (const state of states) {
    bytes += state.bytes.length;
    if (bytes > BATCH_BYTES_MAX) {
      batches.push([]);
      bytes = state.bytes.length;
    }
    batches.at(-1)!.push(state);
  }
  return batches.map((some) => ({
    states: some,
    bytes: some.length === 1 ? some[0]!.bytes : Buffer.concat(some.map((state) => state.bytes)),
  }));
}
