/** A bucket in memory for tests of who writes what over which revision; writes can be held up and made to fail. */
import type { Bucket, BucketEntry, BucketWatch } from '@manyhands/nats';
import { ManyhandsError } from '@manyhands/proto';

export class MemoryBucket implements Bucket {
  readonly stored = new Map<string, { value: Uint8Array; revision: number }>();
  /** Every value written, in order, as JSON. */
  readonly writes: { key: string; json: Record<string, unknown> }[] = [];
  reads = 0;
  failNext: Error | undefined;
  /** While set, writes wait for it. */
  gate: Promise<void> | undefined;
  #revision = 0;

  async get(key: string): Promise<BucketEntry | undefined> {
    this.reads += 1;
    const found = this.stored.get(key);
    return found && { key, ...found, createdAtMs: 0 };
  }

  /** It forgets what is removed. */
  last(key: string): Promise<BucketEntry | undefined> {
    return this.get(key);
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<number> {
    await this.gate;
    const failure = this.failNext;
    this.failNext = undefined;
    if (failure) throw failure;
    const revision = this.stored.get(key)?.revision ?? 0;
    if (revision !== expectedRevision) throw new ManyhandsError('revision_conflict', `at ${revision}, not ${expectedRevision}`);
    return this.put(key, value);
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    this.#revision += 1;
    this.stored.set(key, { value, revision: this.#revision });
    this.writes.push({ key, json: JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown> });
    return this.#revision;
  }

  async remove(key: string): Promise<void> {
    this.stored.delete(key);
  }

  entries(): Promise<BucketEntry[]> {
    throw new Error('not used here');
  }

  watch(): Promise<BucketWatch> {
    throw new Error('not used here');
  }
}
