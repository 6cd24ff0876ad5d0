import { expect, test } from 'vitest';
import { BridgeClient } from './bridge-client.ts';
import { Channel } from '../fan-out/channel.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';

function world() {
  const texts: string[] = [];
  const sink = {
    writableLength: 0,
    write: (bytes: Uint8Array) => void texts.push(new TextDecoder().decode(bytes)),
    cut: () => undefined,
  };
  const emptied: string[] = [];
  const channelOf = (name: string): Channel =>
    new Channel(name, {
      encode: ({ key }) => Buffer.from(`${name} ${key}`),
      everything: () => [],
      ready: Buffer.from(`${name} ready`),
      due: () => undefined,
      empty: () => void emptied.push(name),
    });
  return { client: new BridgeClient(sink, 30_000), sink, texts, emptied, channelOf };
}

function entry(key: string): FeedEntry {
  return new FeedEntry({ key, revision: 1, storedAtMs: 0, value: Buffer.from('x') });
}

function tell(channel: Channel): void {
  for (const _ of channel.pass());
}

test('a client hears the channels it joined until it leaves them; what waits of one it left is dropped', () => {
  const { client, sink, texts, emptied, channelOf } = world();
  const [one, other] = [channelOf('one'), channelOf('other')];
  for (const [name, channel] of [
    ['1', one],
    ['2', other],
  ] as const) {
    client.reserve(name);
    client.join(name, channel);
    tell(channel);
  }
  sink.writableLength = 1;
  for (const channel of [one, other]) {
    channel.change(entry('a'));
    tell(channel);
  }
  client.leave('1');
  sink.writableLength = 0;
  client.catchUp(0);
  expect([texts, emptied, client.subscriptionCount, client.has('1'), client.has('2')]).toEqual([
    ['one ready', 'other ready', 'other a'],
    ['one'],
    1,
    false,
    true,
  ]);
});

test('a subscription that was ended before its channel was there leaves nothing behind', () => {
  const { client } = world();
  client.reserve('1');
  client.leave('1');
  expect([client.has('1'), client.subscriptionCount]).toEqual([false, 0]);
});

test('of a subscription that was taken, ended and taken again while it was on its way, only the last counts', () => {
  const { client } = world();
  const [first, , second] = [client.reserve('1'), client.leave('1'), client.reserve('1')];
  expect([client.holds(first), client.holds(second), client.subscriptionCount]).toEqual([false, true, 1]);
});

test('a client that is gone leaves all channels and is sent nothing more', () => {
  const { client, sink, texts, emptied, channelOf } = world();
  const channel = channelOf('one');
  client.reserve('1');
  client.join('1', channel);
  tell(channel);
  sink.writableLength = 1;
  channel.change(entry('a'));
  tell(channel);
  client.end();
  sink.writableLength = 0;
  client.catchUp(0);
  client.error('a', 'late');
  expect([texts, emptied, client.subscriptionCount]).toEqual([['one ready'], ['one'], 0]);
});
