import { headers } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { bucketEntry } from './bucket-entry.ts';

function entryWith(name?: string, value = '') {
  const head = headers();
  if (name !== undefined) head.set(name, value);
  return bucketEntry('things', {
    subject: '$KV.things.local.a',
    sequence: 7,
    storedAtMs: 5,
    data: Buffer.from('x'),
    headers: head,
  });
}

describe('bucketEntry', () => {
  it('reads a value under its key', () => {
    expect(entryWith()).toEqual({ key: 'local.a', value: new Uint8Array([120]), revision: 7, createdAtMs: 5 });
  });

  it.each([
    ['KV-Operation', 'DEL'],
    ['KV-Operation', 'PURGE'],
    ['Nats-Marker-Reason', 'MaxAge'],
  ])('reads %s %s as a removal', (name, value) => {
    expect(entryWith(name, value).value).toBeUndefined();
  });

  it('copies the value out of the network buffer', () => {
    const network = Buffer.from('xyz');
    const entry = bucketEntry('things', {
      subject: '$KV.things.a',
      sequence: 1,
      storedAtMs: 1,
      data: network.subarray(0, 1),
      headers: undefined,
    });
    network.fill(0);
    expect(entry.value).toEqual(new Uint8Array([120]));
    expect(entry.value?.buffer.byteLength).toBe(1);
  });
});
