import { encode, keys, type QueueDepth, type QueueStats } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { FeedEntry } from '../mirror/feed-entry.ts';
import { UNTAKEN_AFTER_MS, UntakenWork, untakenSince } from './untaken-work.ts';

const queue = (kind: string, waiting: number, in_flight: number): QueueDepth => ({
  kind,
  lane: 'normal',
  waiting,
  in_flight,
  redelivered: 0,
});

test.each([
  ['leases wait and none is in flight', [queue('sum', 2, 0)], [['sum', 7]]],
  ['one is in flight', [queue('sum', 2, 1)], []],
  ['none waits', [queue('sum', 0, 0)], []],
  ['one is in flight in another lane', [queue('sum', 2, 0), { ...queue('sum', 0, 1), lane: 'high' as const }], []],
])('of a kind of which %s', (_what, queues, since) => {
  expect([...untakenSince(new Map(), queues, 7)]).toEqual(since);
});

test('a kind keeps the time since when it is not taken, and begins again once it was', () => {
  const first = untakenSince(new Map(), [queue('sum', 1, 0)], 1);
  expect([...untakenSince(first, [queue('sum', 5, 0)], 9)]).toEqual([['sum', 1]]);
  const taken = untakenSince(first, [queue('sum', 5, 1)], 9);
  expect([...untakenSince(taken, [queue('sum', 5, 0)], 11)]).toEqual([['sum', 11]]);
});

test('work is untaken ten seconds after it was seen to wait, by the clock of the statistics', () => {
  let take = (_entry: FeedEntry): void => undefined;
  const listen = (listener: typeof take): (() => void) => {
    take = listener;
    return () => undefined;
  };
  const work = new UntakenWork({ stats: { listen } } as never);
  const stats: QueueStats = {
    v: 1,
    type: 'QueueStats',
    at: new Date(0).toISOString(),
    queues: [queue('sum', 1, 0)],
    mailbox_waiting: 0,
    dead_letters: 0,
    jobs: {},
    chunks_per_sec: 0,
    jobs_finished: 0,
  };
  const takeAt = (storedAtMs: number, value = encode(stats)): void =>
    take(new FeedEntry({ key: keys.queues, revision: storedAtMs, storedAtMs, value }));
  takeAt(1_000);
  takeAt(2_000 + UNTAKEN_AFTER_MS, new TextEncoder().encode('{'));
  expect(work.kinds()).toEqual([]);
  takeAt(1_000 + UNTAKEN_AFTER_MS);
  expect(work.kinds()).toEqual([]);
  takeAt(1_001 + UNTAKEN_AFTER_MS);
  expect(work.kinds()).toEqual(['sum']);
});
