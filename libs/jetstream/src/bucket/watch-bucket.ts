/**
 * Follows the keys of a bucket: every current entry, then each change.
 *
 * Always true: a key that is gone is told to be gone, also when the server told nobody: because its mark was removed before this watch
 * was back from an interruption, or because the whole bucket lets keys run out without a mark. For this the watch
 * remembers which keys live: about 100 bytes a key.
 */
import type { BucketSpec } from '@manyhands/proto';
import { millis } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import type { Bucket, BucketEntry } from '../bucket.ts';
import { insist } from '../insist.ts';
import { bucketStream } from '../provision/stream-config.ts';
import { openTail } from '../tail/stream-tail.ts';
import { bucketEntry, bucketSubject } from './bucket-entry.ts';
import { createLiveKeys } from './live-keys.ts';

const expiryCheckMs = 30_000;

/** Milliseconds the stream under a bucket keeps a key; 0 is for ever. */
async function ageOf(broker: Broker, stream: string): Promise<number> {
  const { config } = await insist(broker, `reading how long ${stream} keeps keys`, () => broker.manager.streams.info(stream));
  return millis(config.max_age);
}

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
  // Asked of the server, because the retention may differ from the spec.
  let agedMs = await ageOf(broker, stream);

  function tellGone(keys: readonly string[], revision: number): void {
    for (const key of keys) {
      live.remove(key);
      on.entry({ key, value: undefined, revision, createdAtMs: Date.now() });
    }
  }

  /** After an interruption: what was alive and is not in the bucket any more. */
  async function compare(): Promise<void> {
    const known = live.keys();
    const { state, config } = await insist(broker, `listing ${spec.name}`, () =>
      broker.manager.streams.info(stream, { subjects_filter: subjects }),
    );
    if (stopped) return;
    agedMs = millis(config.max_age);
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
          if (agedMs > 0) for (const { key, revision } of live.olderThan(Date.now() - agedMs)) tellGone([key], revision);
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
