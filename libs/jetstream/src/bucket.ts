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
  /** Writes only over `expectedRevision` (0: the key must not exist; `strictly`: nor have been removed lately). Throws `revision_conflict`. */
  update(key: string, value: Uint8Array, expectedRevision: number, options?: { strictly?: boolean }): Promise<number>;
  /** Removes the key and its history; with `expectedRevision` only while the key is at it, and else throws `revision_conflict`. */
  remove(key: string, expectedRevision?: number): Promise<void>;
  /**
   * Calls back with every current entry, then with each change, in order. Survives reconnects and server restarts: after a gap
   * it re-reads from `fromRevision`/the last seen revision, so the newest state of each key always arrives.
   */
  watch(
    filter: string,
    on: { entry: (entry: BucketEntry) => void; current?: () => void },
    options?: { fromRevision?: number },
  ): Promise<{ stop(): Promise<void> }>;
}
