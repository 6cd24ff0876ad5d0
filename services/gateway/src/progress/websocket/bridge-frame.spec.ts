import { expect, test } from 'vitest';
import { once } from 'node:events';
import * as ws from 'ws';
import { stateFrame, textFrame } from './bridge-frame.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';

test('a state is its head on one line, then the bytes of the bucket', () => {
  const entry = new FeedEntry({ key: 'local.j', revision: 7, storedAtMs: 0, value: Buffer.from('{"a": 1}') });
  expect(stateFrame('job')(entry).subarray(2).toString()).toBe('{"topic":"job","key":"local.j","revision":7}\n{"a": 1}');
});

/** How `ws` reads what comes in; its types do not speak of it. */
const { Receiver } = ws as unknown as { Receiver: new () => NodeJS.WritableStream };

test.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
  'a frame of %i bytes is read as one text by a WebSocket client',
  async (bytes) => {
    const receiver = new Receiver();
    const heard = once(receiver, 'message');
    receiver.write(textFrame(Buffer.alloc(bytes, 'x')));
    const [data, isBinary] = (await heard) as [Buffer, boolean];
    expect([data.equals(Buffer.alloc(bytes, 'x')), isBinary]).toEqual([true, false]);
  },
);
