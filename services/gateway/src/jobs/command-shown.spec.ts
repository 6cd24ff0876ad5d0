import { expect, test } from 'vitest';
import { FeedEntry } from '../mirror/feed-entry.ts';
import type { FeedListener } from '../mirror/bucket-feed.ts';
import { untilShown } from './command-shown.ts';

function world(known?: FeedEntry): { feed: Parameters<typeof untilShown>[0]; tell(revision: number): void; listening(): number } {
  const listeners = new Set<FeedListener>();
  return {
    feed: {
      get: () => known,
      listenTo(_key, listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    tell: (revision) => {
      for (const listener of [...listeners]) listener(at(revision));
    },
    listening: () => listeners.size,
  };
}

function at(revision: number): FeedEntry {
  return new FeedEntry({ key: 'a', revision, storedAtMs: 0, value: Buffer.from('x') });
}

test('a command that is shown already is not waited for', async () => {
  const { feed, listening } = world(at(7));
  await untilShown(feed, 'a', ({ revision }) => revision === 7, 60_000);
  expect(listening()).toBe(0);
});

test('a command is waited for until a view shows it', async () => {
  const { feed, tell, listening } = world();
  const shown = untilShown(feed, 'a', ({ revision }) => revision > 1, 60_000);
  tell(1);
  expect(listening()).toBe(1);
  tell(2);
  await shown;
  expect(listening()).toBe(0);
});

test('a command that nobody shows is not waited for longer than a moment', async () => {
  const { feed, listening } = world(at(1));
  await untilShown(feed, 'a', () => false, 5);
  expect(listening()).toBe(0);
});
