import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BridgeHead } from '@manyhands/proto';
import { BridgeClient, SLOW_FROM_BYTES, WAITING_KEYS_MAX, type BridgeSocket } from './bridge-client.ts';
import { FeedEntry } from './feed-entry.ts';

/** A socket whose network takes bytes only when the test lets it. */
function slowSocket(): Omit<BridgeSocket, 'bufferedAmount'> & { bufferedAmount: number; frames: { head: BridgeHead; value: string }[]; closed: number | undefined; drain(): void } {
  const written: (() => void)[] = [];
  const socket = {
    bufferedAmount: 0,
    frames: [] as { head: BridgeHead; value: string }[],
    closed: undefined as number | undefined,
    send(data: Uint8Array, _options: { binary: boolean }, done: (error?: Error) => void) {
      const text = new TextDecoder().decode(data);
      const end = text.indexOf('\n');
      socket.frames.push({ head: JSON.parse(text.slice(0, end)) as BridgeHead, value: text.slice(end + 1) });
      socket.bufferedAmount += data.length;
      written.push(() => {
        socket.bufferedAmount -= data.length;
        done();
      });
    },
    close(code: number) {
      socket.closed = code;
    },
    drain() {
      while (written.length > 0) written.shift()?.();
    },
  };
  return socket;
}

function entry(key: string, revision: number, bytes = 1): FeedEntry {
  return new FeedEntry({ key, revision, storedAtMs: 0, value: new Uint8Array(bytes).fill(0x61) });
}

test('a ready client is sent each change at once', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  for (const revision of [1, 2, 3]) client.state('job', entry('a', revision));
  expect(socket.frames.map(({ head }) => head.revision)).toEqual([1, 2, 3]);
});

test('a slow client is sent only the newest state of each key, and ready after the states it speaks of', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  client.state('jobs', entry('big', 1, SLOW_FROM_BYTES));
  for (const revision of [2, 3, 4]) for (const key of ['a', 'b']) client.state('jobs', entry(key, revision));
  client.ready('jobs');
  client.state('jobs', entry('a', 9));
  expect([socket.frames.length, client.waitingCount]).toEqual([1, 3]);
  socket.drain();
  expect(socket.frames.slice(1).map(({ head }) => `${head.topic} ${head.key} ${head.revision}`)).toEqual(['jobs a 9', 'jobs b 4', 'ready jobs 0']);
});

test('whatever the pace, the last state sent of each key is its newest, and revisions of a key rise', () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b', 'c'), bytes: fc.constantFrom(1, SLOW_FROM_BYTES / 2, SLOW_FROM_BYTES * 2) }),
    fc.constant('drain' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const socket = slowSocket();
      const client = new BridgeClient(socket);
      const newest = new Map<string, number>();
      for (const [index, what] of steps.entries()) {
        if (what === 'drain') socket.drain();
        else {
          newest.set(what.key, index);
          client.state('jobs', entry(what.key, index, what.bytes));
        }
        expect(client.waitingCount).toBeLessThanOrEqual(3);
      }
      socket.drain();
      const sent = new Map<string, number>();
      for (const { head } of socket.frames) {
        expect(head.revision).toBeGreaterThan(sent.get(head.key) ?? -1);
        sent.set(head.key, head.revision);
      }
      expect(sent).toEqual(newest);
    }),
  );
});

test('a value that is forgotten while it waits is still sent', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  client.state('job', entry('big', 1, SLOW_FROM_BYTES));
  const waiting = entry('a', 2, 3);
  client.state('job', waiting);
  waiting.forget();
  socket.drain();
  expect(socket.frames[1]?.value).toBe('aaa');
});

test('a state never overtakes an older one that still waits, also when the buffer is empty again but not yet flushed', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  client.state('jobs', entry('big', 1, SLOW_FROM_BYTES));
  client.state('jobs', entry('a', 2));
  socket.bufferedAmount = 0;
  client.state('jobs', entry('a', 3));
  socket.drain();
  expect(socket.frames.map(({ head }) => head.revision)).toEqual([1, 3]);
});

test('what waits for an ended subscription is not sent', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  let stopped = 0;
  client.add('job a', () => (stopped += 1));
  client.state('jobs', entry('big', 1, SLOW_FROM_BYTES));
  client.state('job', entry('a', 2));
  client.state('job', entry('b', 3));
  client.state('jobs', entry('a', 4));
  client.remove('job a', 'job', 'a');
  socket.drain();
  expect(socket.frames.slice(1).map(({ head }) => `${head.topic} ${head.key}`)).toEqual(['job b', 'jobs a']);
  expect([stopped, client.has('job a'), client.subscriptionCount]).toEqual([1, false, 0]);
});

test('a client too slow for what it subscribed to is closed and let go of', () => {
  const socket = slowSocket();
  const client = new BridgeClient(socket);
  let stopped = false;
  client.add('jobs', () => (stopped = true));
  client.state('jobs', entry('big', 1, SLOW_FROM_BYTES));
  for (let key = 0; key <= WAITING_KEYS_MAX; key += 1) client.state('jobs', entry(`k${key}`, 1));
  expect([socket.closed, stopped, client.waitingCount]).toEqual([1013, true, 0]);
  client.state('jobs', entry('a', 2));
  socket.drain();
  expect(socket.frames).toHaveLength(1);
});
