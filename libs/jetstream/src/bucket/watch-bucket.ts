/**
 * Follows the keys of a bucket: every current entry, then each change.
 *
 * Always true: a key that is gone is told to be gone, also when the server told nobody: because its mark was removed before this watch
 * was back from an interruption, or because the whole bucket lets keys run out without a mark. For this the watch
 * remembers which keys live: about 100 bytes a key.
 */
import type { BucketSpec } from '@manyhands/proto';
import type { Broker } from '../broker.ts';
import type { Bucket, BucketEntry } from '../bucket.ts';
import { insist } from '../insist.ts';
import { bucketStream } from '../provision/stream-config.ts';
import { openTail } from '../tail/stream-tail.ts';
import { bucketEntry, bucketSubject } from './bucket-entry.ts';
import { createLiveKeys } from './live-keys.ts';

const expiryCheckMs = 30_000;

export async function watchBucket(
  broker: Broker,
  spec: BucketSpec,
  filter: string,
  on: Parameters<Bucket['watch']>[1],
  { fromRevision }: { fromRevision?: number },
): Promise<{ stop(): Promise<void> }> {
  const stream = bucketStream(spec.name);
  const subjects = bucketSubject(spec.name, filter);
  const live = createLiveKeys();
  let stopped = false;

  function tellGone(keys: readonly string[], revision: number): void {
    for (const key of keys) {
      live.remove(key);
      on.entry({ key, value: undefined, revision, createdAtMs: Date.now() });
    }
  }

  /** After an interruption: what was alive and is not in the bucket any more. */
  async function compare(): Promise<void> {
    const known = live.keys();
    const { state } = await insist(broker, `listing ${spec.name}`, () =>
      broker.manager.streams.info(stream, { subjects_filter: subjects }),
    );
    if (stopped) return;
    const present = state.subjects ?? {};
    tellGone(
      known.filter((key) => live.has(key) && present[bucketSubject(spec.name, key)] === undefined),
      state.last_seq,
    );
  }

  const tail = await openTail(
    broker,
    { stream, filter: subjects, lastPerSubject: true, ...(fromRevision !== undefined && { fromSequence: fromRevision }) },
    {
      message(message) {
        const entry: BucketEntry = bucketEntry(spec.name, message);
        if (entry.value === undefined) live.remove(entry.key);
        else live.add(entry.key, entry.createdAtMs, entry.revision);
        on.entry(entry);
      },
      current(again) {
        if (again) void compare().catch(() => undefined);
        else on.current?.();
      },
    },
  );
  const expiry =
    spec.ttlMs === 0 || spec.markerTtlMs > 0
      ? undefined
      : setInterval(() => {
          for (const { key, revision } of live.olderThan(Date.now() - spec.ttlMs)) tellGone([key], revision);
        }, expiryCheckMs);
  expiry?.unref();
  return {
    async stop() {
      stopped = true;
      clearInterval(expiry);
      await tail.stop();
    },
  };
}
