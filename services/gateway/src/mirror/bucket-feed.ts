/**
 * The newest value of every key of one bucket, in memory, and the fan-out of each change: one watcher per bucket and process,
 * however many browsers look, because every watcher is a consumer on the server.
 *
 *   reading ──received all the leader has──▶ current ◀──leader asked, nothing missed──┐        any ──bucket created again──▶ reading (all keys gone)
 *                                           └──nothing known for `CURRENT_MS`──▶ behind
 *
 * Invariant: for one key, listeners receive revisions in rising order; a value is handed on as the bytes it was stored as;
 * at most `bytesMax` bytes of values are held (the entries stay known, their values are read again when needed). It counts as current only while
 * it is known that nothing stored more than `CURRENT_MS` ago is missing.
 */
import { within, type Bucket, type BucketEntry, type BucketWatch } from '@manyhands/nats';
import { ManyhandsError } from '@manyhands/proto';
import { FeedEntry } from './feed-entry.ts';

export type FeedListener = (entry: FeedEntry) => void;

/** How old what is shown may be. With the time it takes to see that it is older, less than the 5 s that are promised. */
export const CURRENT_MS = 4_500;
/** Milliseconds between two questions to the leader. */
const checkEveryMs = 1_000;

export interface BucketFeedOptions {
  /** Bytes of values held. Default: no limit (small buckets). */
  bytesMax?: number;
  /** Reads the parts of a value the gateway itself needs. */
  digestOf?: (value: Uint8Array) => unknown;
}

export class BucketFeed {
  readonly #options: BucketFeedOptions;
  readonly #entries = new Map<string, FeedEntry>();
  /** Entries whose bytes are held, the longest unchanged first. */
  readonly #held = new Map<string, FeedEntry>();
  readonly #listeners = new Set<FeedListener>();
  readonly #keyListeners = new Map<string, Set<FeedListener>>();
  #bytes = 0;
  #watch: BucketWatch | undefined;
  /** Called before a change is sent while what is known may be the past: a process that was frozen wakes up with old changes. */
  behind: () => void = () => undefined;
  #began = Promise.withResolvers<BucketWatch>();

  constructor(options: BucketFeedOptions = {}) {
    this.#options = options;
  }

  /** Starts the one watcher. `failed` receives what keeps it from going on. */
  async start(bucket: Bucket, failed?: (error: Error) => void): Promise<void> {
    const listener = {
      entry: (entry: BucketEntry) => this.#take(entry),
      anew: () => this.#forgetAll(),
      ...(failed && { failed }),
    };
    this.#watch = await bucket.watch('>', listener, { checkEveryMs });
    this.#began.resolve(this.#watch);
  }

  async stop(): Promise<void> {
    await this.#watch?.stop();
    this.#watch = undefined;
  }

  /** Whether everything that was stored `CURRENT_MS` ago is known. */
  get isCurrent(): boolean {
    return this.#watch !== undefined && performance.now() - this.#watch.asOfMs < CURRENT_MS;
  }

  /** Why it is not current, as far as that is known. */
  get trouble(): string {
    return this.#watch?.trouble ?? 'it is being read';
  }

  /** Milliseconds since the epoch, by the clock of the server; by ours while that is not known. */
  get serverNowMs(): number {
    return this.#watch?.serverNowMs ?? Date.now();
  }

  /** Milliseconds since an entry was stored, by the clock of the server that stored it. */
  ageMs(entry: FeedEntry): number {
    return this.serverNowMs - entry.storedAtMs;
  }

  /** Resolves once everything that was stored before the call is known. Throws `unavailable`. */
  async confirm(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    await (await this.#begun(withinMs)).confirm(deadlineMs - performance.now());
  }

  /** Resolves when what the leader of the bucket answers is at most `CURRENT_MS` old. Throws `unavailable`. */
  async led(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    await (await this.#begun(withinMs)).led(CURRENT_MS, deadlineMs - performance.now());
  }

  async #begun(withinMs: number): Promise<BucketWatch> {
    if (this.#watch) return this.#watch;
    const watch = await within(withinMs, this.#began.promise);
    if (watch === undefined) throw new ManyhandsError('unavailable', 'the bucket is not watched yet');
    return watch;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): FeedEntry | undefined {
    return this.#entries.get(key);
  }

  entries(): FeedEntry[] {
    return [...this.#entries.values()];
  }

  /** Receives every change from now on. Returns how to stop. */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Receives every change of one key from now on. Returns how to stop. */
  listenTo(key: string, listener: FeedListener): () => void {
    const listeners = this.#keyListeners.get(key) ?? new Set();
    this.#keyListeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#keyListeners.get(key) === listeners) this.#keyListeners.delete(key);
    };
  }

  /** Makes a value known that is not in the bucket yet; the first real revision replaces it. */
  offer(key: string, value: Uint8Array): void {
    if (!this.#entries.has(key)) this.#put({ key, revision: 0, createdAtMs: Date.now(), value });
  }

  /** Makes known what a command that was just stored makes of the newest value; the next revision replaces it. */
  offerAhead(entry: FeedEntry): void {
    const known = this.#entries.get(entry.key);
    if (entry.value !== undefined && (known === undefined || entry.isNewerThan(known)))
      this.#put({ key: entry.key, revision: entry.revision, createdAtMs: entry.storedAtMs, value: entry.value }, entry.ahead);
  }

  /** The bucket is another one: its revisions begin again. */
  #forgetAll(): void {
    for (const { key, revision, storedAtMs } of this.entries())
      this.#put({ key, revision, createdAtMs: storedAtMs, value: undefined });
  }

  #take(entry: BucketEntry): void {
    const known = this.#entries.get(entry.key);
    if (known === undefined ? entry.value === undefined : entry.revision < known.revision) return;
    if (entry.revision === known?.revision && entry.value !== undefined) return;
    if (!this.isCurrent) this.behind();
    this.#put(entry);
  }

  #put({ key, revision, createdAtMs, value }: BucketEntry, ahead = 0): void {
    const entry = new FeedEntry({ key, revision, storedAtMs: createdAtMs, value, ahead }, this.#options.digestOf);
    this.#release(key);
    if (entry.gone) this.#entries.delete(key);
    else this.#hold(entry);
    for (const listener of this.#listeners) listener(entry);
    for (const listener of this.#keyListeners.get(key) ?? []) listener(entry);
  }

  #hold(entry: FeedEntry): void {
    this.#entries.set(entry.key, entry);
    this.#held.set(entry.key, entry);
    this.#bytes += entry.bytes;
    for (const [key, oldest] of this.#held) {
      if (this.#bytes <= (this.#options.bytesMax ?? Infinity) || oldest === entry) break;
      this.#release(key);
      oldest.forget();
    }
  }

  #release(key: string): void {
    this.#bytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}
