import { expect, test } from 'vitest';
import type { Bucket, BucketEntry, BucketWatch } from '@manyhands/nats';
import { BucketFeed, CURRENT_MS } from './bucket-feed.ts';
import { FeedEntry } from './feed-entry.ts';

/** A bucket of which only the watch is used. */
interface Watched {
  bucket: Bucket;
  tell(key: string, revision: number, value: string | undefined): void;
  anew(): void;
  asOfMs: number;
  stopped: boolean;
}

function watched(): Watched {
  let on: Parameters<Bucket['watch']>[1] | undefined;
  const world: Watched = {
    stopped: false,
    asOfMs: -Infinity,
    bucket: {
      async watch(_filter: string, listeners: Parameters<Bucket['watch']>[1]) {
        on = listeners;
        return {
          get asOfMs() {
            return world.asOfMs;
          },
          serverNowMs: 10_000,
          trouble: 'nobody answers',
          stop: async () => {
            world.stopped = true;
          },
        } as BucketWatch;
      },
    } as unknown as Bucket,
    tell(key: string, revision: number, value: string | undefined) {
      const entry: BucketEntry = {
        key,
        revision,
        createdAtMs: revision,
        value: value === undefined ? undefined : new TextEncoder().encode(value),
      };
      on?.entry(entry);
    },
    anew: () => on?.anew?.(),
  };
  return world;
}

function text(entry: FeedEntry | undefined): string | undefined {
  return entry?.value && new TextDecoder().decode(entry.value);
}

test('knows the newest value of each key, and forgets a key that is gone', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  expect(feed.isCurrent).toBe(false);
  world.tell('a', 1, 'one');
  world.asOfMs = performance.now();
  world.tell('a', 2, 'two');
  world.tell('b', 3, 'three');
  world.tell('b', 4, undefined);
  expect([feed.isCurrent, text(feed.get('a')), feed.get('b'), feed.size]).toEqual([true, 'two', undefined, 1]);
  await feed.stop();
  expect(world.stopped).toBe(true);
});

test('listeners hear rising revisions only, and a repeated reading of the bucket tells them nothing', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  const heard: string[] = [];
  const tell = (who: string) => (entry: FeedEntry) =>
    void heard.push(`${who} ${entry.key}@${entry.revision}${entry.gone ? ' gone' : ''}`);
  const stopAll = feed.listen(tell('all'));
  const stopA = feed.listenTo('a', tell('a'));
  for (const [key, revision] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['a', 3],
    ['a', 1],
    ['b', 2],
  ] as const)
    world.tell(key, revision, 'x');
  expect(heard).toEqual(['all a@1', 'a a@1', 'all b@2', 'all a@3', 'a a@3']);
  stopAll();
  world.tell('a', 3, undefined);
  world.tell('a', 3, undefined);
  stopA();
  world.tell('a', 5, 'x');
  expect(heard.slice(5)).toEqual(['a a@3 gone']);
});

test('an offered value stands until the first real one, and never replaces one', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  feed.offer('a', new TextEncoder().encode('pending'));
  expect([feed.get('a')?.revision, text(feed.get('a'))]).toEqual([0, 'pending']);
  world.tell('a', 7, 'real');
  feed.offer('a', new TextEncoder().encode('pending'));
  expect([feed.get('a')?.revision, text(feed.get('a'))]).toEqual([7, 'real']);
});

test('holds no more bytes than its limit, forgetting the longest unchanged first but remembering what it read of them', async () => {
  const world = watched();
  const feed = new BucketFeed({ bytesMax: 10, digestOf: (value) => new TextDecoder().decode(value).length });
  await feed.start(world.bucket);
  world.tell('a', 1, 'aaaa');
  world.tell('b', 2, 'bbbb');
  world.tell('a', 3, 'AAAA');
  world.tell('c', 4, 'cccc');
  expect(['a', 'b', 'c'].map((key) => text(feed.get(key)))).toEqual(['AAAA', undefined, 'cccc']);
  expect(feed.get('b')).toMatchObject({ digest: 4, gone: false });
  world.tell('big', 5, 'x'.repeat(50));
  expect(['a', 'b', 'c', 'big'].map((key) => text(feed.get(key))?.length)).toEqual([undefined, undefined, undefined, 50]);
  world.tell('big', 6, undefined);
  world.tell('a', 7, 'a');
  world.tell('b', 8, 'b');
  expect([text(feed.get('a')), text(feed.get('b'))]).toEqual(['a', 'b']);
});

test('what a stored command makes of a value stands until the next revision, also when the bucket tells the old one once more', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  const heard: (string | undefined)[] = [];
  feed.listen((entry) => heard.push(text(entry)));
  const ahead = new FeedEntry({ key: 'a', revision: 3, storedAtMs: 3, value: new TextEncoder().encode('runs again'), ahead: 1 });
  world.tell('a', 3, 'failed');
  feed.offerAhead(ahead);
  feed.offerAhead(ahead);
  world.tell('a', 3, 'failed');
  expect(text(feed.get('a'))).toBe('runs again');
  world.tell('a', 4, 'running');
  feed.offerAhead(ahead);
  expect(heard).toEqual(['failed', 'runs again', 'running']);
});

// Seen: once current, always current.
test('is current only while it is known that nothing older than its limit is missing', async () => {
  const world = watched();
  const feed = new BucketFeed();
  expect([feed.isCurrent, feed.trouble]).toEqual([false, 'it is being read']);
  await feed.start(world.bucket);
  expect([feed.isCurrent, feed.trouble]).toEqual([false, 'nobody answers']);
  world.asOfMs = performance.now() - CURRENT_MS + 500;
  expect(feed.isCurrent).toBe(true);
  world.asOfMs = performance.now() - CURRENT_MS - 1;
  expect(feed.isCurrent).toBe(false);
  expect(CURRENT_MS).toBeLessThan(5_000);
});

// Seen: a gateway that was frozen told its watchers what had happened meanwhile, from the beginning.
test('says that it is behind before it tells what may be old', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  const heard: string[] = [];
  feed.behind = () => heard.push('behind');
  feed.listen(({ revision }) => heard.push(`a@${revision}`));
  world.asOfMs = performance.now();
  world.tell('a', 1, 'x');
  world.asOfMs = performance.now() - 2 * CURRENT_MS;
  world.tell('a', 2, 'x');
  expect(heard).toEqual(['a@1', 'behind', 'a@2']);
});

test('of a bucket that was made anew nothing is known, and its lower revisions count', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  const heard: string[] = [];
  feed.listen(({ key, revision, gone }) => heard.push(`${key}@${revision}${gone ? ' gone' : ''}`));
  world.tell('a', 900, 'old');
  world.tell('b', 901, 'old');
  world.anew();
  expect(feed.size).toBe(0);
  world.tell('a', 1, 'new');
  expect([text(feed.get('a')), feed.get('b')]).toEqual(['new', undefined]);
  expect(heard).toEqual(['a@900', 'b@901', 'a@900 gone', 'b@901 gone', 'a@1']);
});

test('tells how old an entry is by the clock of the server', async () => {
  const world = watched();
  const feed = new BucketFeed();
  await feed.start(world.bucket);
  world.tell('a', 4_000, 'x');
  expect(feed.ageMs(feed.get('a')!)).toBe(6_000);
});
