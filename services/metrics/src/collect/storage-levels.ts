/**
 * How full each stream and bucket of ours is, how much room is on the disk of history, and how far our clock is from the server's.
 *
 * Invariant: what cannot be read is left out, and nothing else waits for it: a stream that an operator removed, a server that does not answer in time.
 */
import { statfs } from 'node:fs/promises';
import { clockOf } from '@manyhands/broker';
import { fillingOf, within, type Broker } from '@manyhands/nats';
import { BUCKETS, STREAMS, type BucketKey, type BucketSpec, type StreamKey, type StreamSpec } from '@manyhands/proto';
import { maySee, streamNameOf } from '@manyhands/proto/identities';

interface StoreLevel {
  /** As we call it: a stream in capitals, a bucket in small letters. */
  store: string;
  whenFull: 'refuses' | 'drops';
  bytes: number;
  maxBytes: number;
}

export interface StorageLevels {
  stores: StoreLevel[];
  disk?: { freeBytes: number; sizeBytes: number } | undefined;
  /** Milliseconds that our clock is from the server's. */
  clockDifferenceMs?: number | undefined;
}

const answeredWithinMs = 2_000;
const known: Readonly<Record<string, StreamSpec | BucketSpec>> = { ...STREAMS, ...BUCKETS };
const keys = (Object.keys(known) as (StreamKey | BucketKey)[]).filter((key) => maySee('metrics', key));

/** `folder`: on the disk to look at. Never throws. */
export async function loadStorageLevels(broker: Broker, folder: string): Promise<StorageLevels> {
  const [stores, disk, clockDifferenceMs] = await Promise.all([
    Promise.all(keys.map((key) => inTime(levelOf(broker, key)))),
    inTime(diskOf(folder)),
    inTime(differenceOf(broker)),
  ]);
  return { stores: stores.filter((level) => level !== undefined), disk, clockDifferenceMs };
}

async function levelOf(broker: Broker, key: StreamKey | BucketKey): Promise<StoreLevel> {
  const spec = known[key]!;
  // A stream with schedules drops the oldest when full, too.
  const drops = spec.dropsOldest === true || 'schedules' in spec;
  return {
    store: spec.name,
    whenFull: drops ? 'drops' : 'refuses',
    ...(await fillingOf(broker, { name: streamNameOf(key), retention: 'limits' })),
  };
}

async function diskOf(folder: string): Promise<StorageLevels['disk']> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

async function differenceOf(broker: Broker): Promise<number> {
  const askedAtMs = Date.now();
  const serverMs = await clockOf(broker, 'events');
  return Math.abs(serverMs - (askedAtMs + Date.now()) / 2);
}

function inTime<T>(reading: Promise<T>): Promise<T | undefined> {
  return within(answeredWithinMs, reading).catch(() => undefined);
}
