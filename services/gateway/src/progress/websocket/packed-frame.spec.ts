import { randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { newsOf } from '../fan-out/channel.ts';
import { textFrame } from './bridge-frame.ts';
import { packedBatch, packedFrame } from './packed-frame.ts';

const batchOf = (...frames: Buffer[]) => newsOf(frames.map((bytes, at) => ({ slot: String(at), bytes }))).batches[0]!;

test.each([2_000, 70_000, 200_000])('a text of %i bytes is smaller, and the same when it is read', (length) => {
  const text = Buffer.from('{"done":[[1,2],[3,4]]} '.repeat(Math.ceil(length / 23)).slice(0, length));
  const packed = packedFrame(textFrame(text));
  expect(packed.length).toBeLessThan(length / 5);
  expect(packed[0]).toBe(0xc1);
  const payload = packed.subarray(packed[1]! < 126 ? 2 : 4);
  expect(inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), { finishFlush: 2 }).equals(text)).toBe(true);
});

test('what is small, very large, or does not shrink, stays as it is', () => {
  for (const bytes of [Buffer.alloc(150, 'x'), Buffer.alloc(300_000, 'x'), randomBytes(5_000)]) {
    const frame = textFrame(bytes);
    expect(packedFrame(frame)).toBe(frame);
  }
});

test('each is compressed once, and a batch of small frames is not copied', () => {
  const frame = textFrame(Buffer.alloc(5_000, 'x'));
  expect(packedFrame(frame)).toBe(packedFrame(frame));
  const small = batchOf(textFrame(Buffer.from('a')), textFrame(Buffer.from('b')));
  expect(packedBatch(small)).toBe(small.bytes);
  const mixed = batchOf(textFrame(Buffer.from('a')), frame);
  expect(packedBatch(mixed).equals(Buffer.concat([textFrame(Buffer.from('a')), packedFrame(frame)]))).toBe(true);
  expect(packedBatch(mixed)).toBe(packedBatch(mixed));
});
