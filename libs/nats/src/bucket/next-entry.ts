/** Reads a bucket entry by entry in the order of their last writes, so that a search for old entries holds one at a time and stops at the first young one. */
import type { Broker } from '../broker.ts';
import type { BucketEntry } from './bucket.ts';
import { bucketStream } from '../provision/stream-config.ts';
import { nextStored } from '../stored/read-stored.ts';
import { bucketEntry, bucketSubject } from './bucket-entry.ts';

/** The first entry that was written after a revision, asked of the leader; its value is undefined when the key was removed. Undefined: there is none. */
export async function nextEntry(broker: Broker, name: string, afterRevision: number): Promise<BucketEntry | undefined> {
  const message = await nextStored(broker, bucketStream(name), bucketSubject(name, '>'), afterRevision + 1);
  return message && bucketEntry(name, message);
}
