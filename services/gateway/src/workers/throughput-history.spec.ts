import { expect, test } from 'vitest';
import { encode, keys, type QueueStats } from '@manyhands/proto';
import { FeedEntry } from '../mirror/feed-entry.ts';
import type { FeedListener } from '../mirror/bucket-feed.ts';
import type { Feeds } from '../mirror/feeds.ts';
import { SAMPLES_MAX, ThroughputHistory } from './throughput-history.ts';

function history() {
  let listener: FeedListener | undefined;
  const stats = { listen: (heard: FeedListener) => (listener = heard) } as unknown as Feeds['stats'];
  const kept = new ThroughputHistory({ stats });
  return {
    kept,
    tell: (value: Uint8Array | undefined, key: string = keys.queues) =>
      listener?.(new FeedEntry({ key, revision: 1, storedAtMs: 0, value })),
  };
}

const measured = (second: number): QueueStats => ({
  v: 1,
  type: 'QueueStats',
  at: new Date(second * 1_000).toISOString(),
  queues: [],
  mailbox_waiting: 0,
  dead_letters: 0,
  jobs: {},
  chunks_per_sec: second,
  jobs_finished: 0,
});

test('the newest five minutes are kept, oldest first', () => {
  const { kept, tell } = history();
  for (let second = 0; second < SAMPLES_MAX + 5; second += 1) tell(encode(measured(second)));
  expect(kept.samples()).toHaveLength(SAMPLES_MAX);
  expect(kept.samples()[0]).toEqual({ at: '1970-01-01T00:00:05.000Z', chunks_per_sec: 5 });
  expect(kept.samples().at(-1)?.chunks_per_sec).toBe(SAMPLES_MAX + 4);
});

test('what is gone, of another key or unreadable is passed over', () => {
  const { kept, tell } = history();
  tell(undefined);
  tell(encode(measured(1)), 'other');
  tell(new TextEncoder().encode('{"v":2}'));
  expect(kept.samples()).toEqual([]);
});
