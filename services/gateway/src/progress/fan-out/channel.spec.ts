import { expect, test } from 'vitest';
import { Channel, type News, type Watcher } from './channel.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';

function entry(key: string, revision: number): FeedEntry {
  return new FeedEntry({ key, revision, storedAtMs: 0, value: Buffer.from('x') });
}

/** A watcher that writes down what it is told. */
function watcher(): Watcher & { told: string[]; bytes: Buffer[] } {
  const self = {
    told: [] as string[],
    bytes: [] as Buffer[],
    isBehind: false,
    heldBytes: 0,
    take({ batches }: News) {
      self.told.push(batches.map(({ bytes }) => bytes.toString()).join('|'));
      self.bytes.push(...batches.map(({ bytes }) => bytes));
    },
    catchUp: () => undefined,
  };
  return self;
}

function channelOf(everything: FeedEntry[] | undefined = []) {
  let [due, empty, encoded] = [0, 0, 0];
  const channel = new Channel('c', {
    encode: ({ key, revision }) => (encoded++, Buffer.from(`${key}${revision} `)),
    ...(everything && { everything: () => everything }),
    ready: Buffer.from('ready'),
    due: () => (due += 1),
    empty: () => (empty += 1),
  });
  return { channel, counts: () => ({ due, empty, encoded }), pass: () => [...channel.pass()].length };
}

test('who joins is told everything and then ready, afterwards what changes', () => {
  const { channel, pass } = channelOf([entry('a', 1), entry('b', 2)]);
  const one = watcher();
  channel.join(one);
  expect(one.told).toEqual([]);
  pass();
  channel.change(entry('a', 3));
  pass();
  expect([one.told, pass()]).toEqual([['a1 b2 ready', 'a3 '], 0]);
});

test('changes of one pass are told together, of each key the newest; they are encoded once for all watchers', () => {
  const { channel, counts, pass } = channelOf();
  const watchers = [watcher(), watcher(), watcher()];
  for (const one of watchers) channel.join(one);
  pass();
  for (const revision of [1, 2]) for (const key of ['a', 'b']) channel.change(entry(key, revision));
  expect([pass(), counts().encoded]).toEqual([3, 4]);
  for (const one of watchers) expect(one.told).toEqual(['ready', 'a2 b2 ']);
  expect(new Set(watchers.map(({ bytes }) => bytes[1])).size).toBe(1);
});

test('who joins with a change pending is told it once', () => {
  const entries = [entry('a', 1)];
  const { channel, pass } = channelOf(entries);
  const [early, late] = [watcher(), watcher()];
  channel.join(early);
  pass();
  entries[0] = entry('a', 2);
  channel.change(entries[0]);
  channel.join(late);
  pass();
  expect([early.told, late.told]).toEqual([['a1 ready', 'a2 '], ['a2 ready']]);
});

test('who leaves in the middle of a pass is not told any more', () => {
  const { channel, pass } = channelOf();
  const [one, other] = [watcher(), watcher()];
  for (const each of [one, other]) channel.join(each);
  pass();
  channel.change(entry('a', 1));
  const telling = channel.pass();
  telling.next();
  channel.leave(other);
  expect([[...telling], one.told, other.told]).toEqual([[], ['ready', 'a1 '], ['ready']]);
});

test('who joins in the middle of a pass is told everything in the next one', () => {
  const entries: FeedEntry[] = [];
  const { channel, pass } = channelOf(entries);
  const [one, late] = [watcher(), watcher()];
  channel.join(one);
  pass();
  channel.change(entry('a', 1));
  const telling = channel.pass();
  telling.next();
  entries.push(entry('a', 2));
  channel.join(late);
  channel.change(entries[0]!);
  expect([...telling]).toEqual([]);
  pass();
  expect([one.told, late.told]).toEqual([['ready', 'a1 ', 'a2 '], ['a2 ready']]);
});

test('says once that the last watcher has left', () => {
  const { channel, counts, pass } = channelOf();
  const [one, other] = [watcher(), watcher()];
  channel.join(one);
  pass();
  channel.join(other);
  channel.leave(one);
  expect(counts().empty).toBe(0);
  channel.leave(other);
  channel.leave(other);
  expect(counts().empty).toBe(1);
});

test('a state is told even when its entry forgets its bytes before the pass', () => {
  const channel = new Channel('c', {
    encode: ({ value }) => Buffer.from(value ?? 'nothing'),
    everything: () => [],
    due: () => undefined,
    empty: () => undefined,
  });
  const one = watcher();
  channel.join(one);
  for (const _ of channel.pass());
  const forgetful = entry('a', 1);
  channel.change(forgetful);
  forgetful.forget();
  for (const _ of channel.pass());
  expect(one.told).toEqual(['x']);
});

test('without a list of its own it remembers the newest of each key, and tells nothing older', () => {
  const channel = new Channel('c', {
    encode: ({ key, revision }) => Buffer.from(`${key}${revision} `),
    due: () => undefined,
    empty: () => undefined,
  });
  const [one, late] = [watcher(), watcher()];
  channel.join(one);
  channel.change(entry('a', 2));
  for (const _ of channel.pass());
  for (const revision of [1, 2]) channel.change(entry('a', revision));
  for (const _ of channel.pass());
  channel.join(late);
  for (const _ of channel.pass());
  channel.change(new FeedEntry({ key: 'a', revision: 2, storedAtMs: 0, value: undefined }));
  for (const _ of channel.pass());
  expect([one.told, late.told]).toEqual([
    ['a2 ', 'a2 '],
    ['a2 ', 'a2 '],
  ]);
});

test('a change is sent as a part to who has the state before, and as the whole to who joins', () => {
  const channel = new Channel('c', {
    encode: ({ key, revision }) => Buffer.from(`${key}${revision} `),
    // From the third to the fourth there is no way in parts.
    part: (before, after) =>
      after.entry!.revision === 4 ? undefined : Buffer.from(`${String(before.bytes)}→ ${String(after.bytes)}`),
    due: () => undefined,
    empty: () => undefined,
  });
  const [one, late] = [watcher(), watcher()];
  const pass = () => [...channel.pass()].length;
  channel.change(entry('a', 1));
  channel.join(one);
  pass();
  // Two changes of one pass are one.
  for (const revision of [2, 3]) channel.change(entry('a', revision));
  channel.join(late);
  pass();
  for (const revision of [4, 5]) {
    channel.change(entry('a', revision));
    pass();
  }
  expect([one.told, late.told]).toEqual([
    ['a1 ', 'a1 → a3 ', 'a4 ', 'a4 → a5 '],
    ['a3 ', 'a4 ', 'a4 → a5 '],
  ]);
});
