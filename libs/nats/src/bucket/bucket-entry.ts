/** Reads a stored message of a bucket's stream as an entry. Pure. */
import type { MsgHdrs } from '@nats-io/transport-node';
import type { BucketEntry } from './bucket.ts';

/** Subject of a key, as every NATS client spells it. */
export function bucketSubject(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

export function bucketEntry(
  bucket: string,
  message: { subject: string; sequence: number; storedAtMs: number; data: Uint8Array; headers: MsgHdrs | undefined },
): BucketEntry {
  return {
    key: message.subject.slice(bucketSubject(bucket, '').length),
    // A copy: what arrived is a view into a larger network buffer, which a kept entry would keep alive.
    value: isRemoval(message.headers) ? undefined : new Uint8Array(message.data),
    revision: message.sequence,
    createdAtMs: message.storedAtMs,
  };
}

/** A client removed the key, or the server did when its life time ran out. */
function isRemoval(headers: MsgHdrs | undefined): boolean {
  const operation = headers?.get('KV-Operation');
  return operation === 'DEL' || operation === 'PURGE' || Boolean(headers?.get('Nats-Marker-Reason'));
}
