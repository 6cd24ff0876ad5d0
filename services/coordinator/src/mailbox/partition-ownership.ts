/**
 * Consumes the partitions this member should own, and only those.
 *
 *   foreign ──members changed──▶ wanted: consumed, and consumed again after each end, later and later while it keeps failing
 *   wanted ──members changed──▶ foreign: closed in good order
 *
 * Invariant: at most one consumer of a partition is open here at a time; after `stop` none is.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { partitionsOf, type Membership } from '@manyhands/actor';
import { PARTITIONS } from '@manyhands/proto';
import type { PartitionConsumer, PartitionRelease } from './partition-consumer.ts';

export interface PartitionOwnershipOptions {
  membership: Membership;
  partitions?: readonly string[];
  open(partition: string): PartitionConsumer;
  /** Called when a partition was released, and why. Must not throw. */
  ended?(release: PartitionRelease): void;
  /** Called with the partitions are wanted after each change. Must not throw. */
  assigned?(partitions: readonly string[]): void;
}

export interface PartitionOwnership {
  /** Closes every consumer, each after the batch in hand. */
  stop(): Promise<void>;
}

const retryMsFirst = 100;
const retryMsMax = 5_000;

/** Milliseconds before a partition that failed `failures` times in a row is tried again. */
export function retryAfterMs(failures: number): number {
  return Math.min(retryMsFirst * 2 ** Math.max(0, failures - 1), retryMsMax);
}

export async function openPartitionOwnership(options: PartitionOwnershipOptions): Promise<PartitionOwnership> {
  const { membership, partitions = PARTITIONS } = options;
  const tended = new Map<string, Tended>();

  function share(members: readonly string[]): void {
    const wanted = partitionsOf(membership.self, members, partitions);
    options.assigned?.(wanted);
    for (const partition of partitions) {
      if (wanted.includes(partition)) tend(partition);
      else void tended.get(partition)?.end();
    }
  }

  function tend(partition: string): void {
    const before = tended.get(partition);
    if (before !== undefined && !before.ending) return;
    const next = new Tended(partition, options, before?.done);
    tended.set(partition, next);
    void next.done.then(() => tended.get(partition) === next && tended.delete(partition));
  }

  const stopWatching = await membership.watch(share);
  return {
    async stop() {
      await stopWatching();
      await Promise.all([...tended.values()].map((one) => one.end()));
    },
  };
}

/** One partition for as long as it is wanted. */
class Tended {
  readonly done: Promise<void>;
  readonly #partition: string;
  readonly #options: PartitionOwnershipOptions;
  readonly #ending = new AbortController();
  #consumer: PartitionConsumer | undefined;

  constructor(partition: string, options: PartitionOwnershipOptions, before: Promise<void> | undefined) {
    this.#partition = partition;
    this.#options = options;
    this.done = this.#tend(before);
  }

  get ending(): boolean {
    return this.#ending.signal.aborted;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#consumer?.close();
    await this.done;
  }

  async #tend(before: Promise<void> | undefined): Promise<void> {
    await before;
    for (let failures = 0; !this.ending;) {
      const release = await this.#consume();
      this.#options.ended?.(release);
      if (release.why !== 'failed') continue;
      failures = release.batches > 0 ? 1 : failures + 1;
      await pause(retryAfterMs(failures), undefined, { signal: this.#ending.signal }).catch(() => undefined);
    }
  }

  async #consume(): Promise<PartitionRelease> {
    try {
      this.#consumer = this.#options.open(this.#partition);
      return await this.#consumer.closed;
    } catch (error) {
      // The connection is closed for good.
      return { partition: this.#partition, why: 'failed', error, batches: 0 };
    } finally {
      this.#consumer = undefined;
    }
  }
}
