import { expect, test, vi } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { Channel, type News, type Watcher } from './channel.ts';
import { FanOut } from './fan-out.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';

function entry(key: string, revision: number): FeedEntry {
  return new FeedEntry({ key, revision, storedAtMs: 0, value: Buffer.from('x') });
}

function channelOf(fanOut: FanOut): Channel {
  return new Channel('c', {
    encode: ({ key, revision }) => Buffer.from(`${key}${revision} `),
    everything: () => [],
    due: (channel) => fanOut.due(channel),
    empty: () => undefined,
  });
}

/** Lets watchers in, so that they hear changes only. */
function joined(channel: Channel, ...watchers: Watcher[]): void {
  for (const one of watchers) channel.join(one);
  for (const _ of channel.pass());
}

function watcher(slowMs = 0): Watcher & { told: string[]; isBehind: boolean; looks: number } {
  const self = {
    told: [] as string[],
    isBehind: false,
    heldBytes: 0,
    looks: 0,
    take({ batches }: News) {
      self.told.push(batches.map(({ bytes }) => bytes.toString()).join(''));
      for (const endMs = performance.now() + slowMs; performance.now() < endMs;);
    },
    catchUp: () => void (self.looks += 1),
  };
  return self;
}

test('changes of one turn are told in one pass', async () => {
  const fanOut = new FanOut();
  const channel = channelOf(fanOut);
  const one = watcher();
  joined(channel, one);
  for (const revision of [1, 2]) for (const key of ['a', 'b']) channel.change(entry(key, revision));
  await eventually(() => expect(one.told).not.toEqual([]));
  channel.change(entry('a', 3));
  await eventually(() => expect(one.told).toEqual(['a2 b2 ', 'a3 ']));
});

test('a pass lets others run, and what changes meanwhile is told in the next, of each key the newest', async () => {
  const fanOut = new FanOut();
  const channel = channelOf(fanOut);
  const watchers = Array.from({ length: 10 }, () => watcher(5));
  joined(channel, ...watchers);
  channel.change(entry('a', 1));
  let turns = 0;
  const busy = setInterval(() => {
    turns += 1;
    channel.change(entry('a', 1 + turns));
    if (turns === 3) clearInterval(busy);
  }, 1);
  await vi.waitFor(() => expect(watchers.map(({ told }) => told.at(-1))).toEqual(watchers.map(() => 'a4 ')), { timeout: 10_000 });
  expect(turns).toBe(3);
  for (const { told } of watchers) expect(told.length).toBeLessThanOrEqual(4);
});

test('looks after who is behind until it is not, and then rests', async () => {
  const fanOut = new FanOut();
  const channel = channelOf(fanOut);
  const [slow, quick] = [watcher(), watcher()];
  slow.isBehind = true;
  joined(channel, slow, quick);
  channel.change(entry('a', 1));
  await vi.waitFor(() => expect(slow.looks).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  slow.isBehind = false;
  const looks = slow.looks;
  await vi.waitFor(() => expect(slow.looks).toBe(looks + 1), { timeout: 10_000 });
  expect(quick.looks).toBe(0);
  fanOut.onApplicationShutdown();
});
