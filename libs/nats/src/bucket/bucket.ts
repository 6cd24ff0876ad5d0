/** One KV bucket as bytes and revisions. Reads go to the leader, so a read after a write sees it. */
export interface BucketEntry {
  key: string;
  /** Undefined when the key was deleted, purged or has run out. */
  value: Uint8Array | undefined;
  revision: number;
  createdAtMs: number;
}

export interface Bucket {
  /** Asked of the leader. A key with `*` in it: the newest of those that match. */
  get(key: string): Promise<BucketEntry | undefined>;
  /** As `get`, but a removal of late is an entry too, without a value. */
  last(key: string): Promise<BucketEntry | undefined>;
  /** All live keys and values under a filter like `local.*`. */
  entries(filter?: string): Promise<BucketEntry[]>;
  /** Writes whatever was there. `ttlMs` gives the key a life time of its own (whole seconds, at least 1 s). */
  put(key: string, value: Uint8Array, options?: { ttlMs?: number }): Promise<number>;
  /** Writes only over `expectedRevision` (0: the key must not exist; `strictly`: nor have been removed lately). `ttlMs` as for `put`. Throws `revision_conflict`. */
  update(
    key: string,
    value: Uint8Array,
    expectedRevision: number,
    options?: { strictly?: boolean; ttlMs?: number },
  ): Promise<number>;
  /** Removes the key and its history; with `expectedRevision` only while the key is at it, and else throws `revision_conflict`. */
  remove(key: string, expectedRevision?: number): Promise<void>;
  /**
   * Calls back with every current entry, then with each change, in order. Survives reconnects and server restarts: after a gap
   * it re-reads from `fromRevision`/the last seen revision, so the newest state of each key always arrives.
   */
  watch(filter: string, on: WatchListener, options?: WatchOptions): Promise<BucketWatch>;
}

export interface WatchListener {
  entry: (entry: BucketEntry) => void;
  /** Everything that was there at the start was reported. */
  current?: () => void;
  /** The bucket was deleted and created again: what was reported before is no longer right, and everything is reported again. */
  anew?: () => void;
  /** It could not be read on after an interruption; it is tried again. */
  failed?: (error: Error) => void;
}

export interface WatchOptions {
  fromRevision?: number;
  /** Milliseconds between two questions to the leader whether everything was received. Without it there are no questions, and the age of the watch is not known. */
  checkEveryMs?: number;
}

export interface BucketWatch {
  stop(): Promise<void>;
  /** Everything stored before this moment of `performance.now()` was reported; -Infinity while that is not known. */
  readonly asOfMs: number;
  /** Milliseconds since the epoch, by the clock of the server that stores. */
  readonly serverNowMs: number;
  /** Why it is not known, when it is not. */
  readonly trouble: string | undefined;
  /** Resolves when everything that was stored before the call was reported. Throws `unavailable` when that is not known in time. */
  confirm(withinMs: number): Promise<void>;
  /** Resolves when the leader is known to have led at most so long ago, so that what it answers is as new. Throws `unavailable`. */
  led(agoMs: number, withinMs: number): Promise<void>;
}
