import { expect, it } from 'vitest';
import { PartitionWatch, STUCK_AFTER_MS, type PartitionStanding } from './partition-watch.ts';

const at = (waiting: number, deliveredThrough: number): PartitionStanding[] => [{ partition: '03', waiting, deliveredThrough }];

it('a partition is stuck once messages have waited and none was handed out', () => {
  const watch = new PartitionWatch();
  expect(watch.seen(at(5, 10), 0)).toEqual([]);
  expect(watch.seen(at(6, 10), STUCK_AFTER_MS - 1)).toEqual([]);
  expect(watch.seen(at(6, 10), STUCK_AFTER_MS)).toMatchObject([
    { partition: '03', for_sec: Math.round(STUCK_AFTER_MS / 1_000), why: expect.stringContaining('6 messages wait') as string },
  ]);
  expect(watch.seen(at(6, 11), STUCK_AFTER_MS + 1)).toEqual([]);
});

it('a partition in which nothing waits stands never still, however long nothing happens', () => {
  const watch = new PartitionWatch();
  for (let nowMs = 0; nowMs < 10 * STUCK_AFTER_MS; nowMs += 5_000) expect(watch.seen(at(0, 10), nowMs)).toEqual([]);
  expect(watch.seen(at(1, 10), 10 * STUCK_AFTER_MS)).toEqual([]);
});

it('a batch that takes too long is told, also where nothing waits behind it', () => {
  const watch = new PartitionWatch();
  watch.busy('03', 1_000);
  expect(watch.seen(at(0, 10), 1_000 + STUCK_AFTER_MS)).toMatchObject([
    { why: expect.stringContaining('takes very long') as string },
  ]);
  watch.busy('03', undefined);
  expect(watch.seen(at(0, 10), 2_000 + STUCK_AFTER_MS)).toEqual([]);
});

it('says why it was given up, until a batch of it is done', () => {
  const watch = new PartitionWatch();
  watch.seen(at(5, 10), 0);
  watch.failed('03', new Error('no room'));
  expect(watch.seen(at(5, 10), STUCK_AFTER_MS)[0]?.why).toContain('no room');
  watch.busy('03', undefined);
  expect(watch.seen(at(5, 10), STUCK_AFTER_MS)[0]?.why).not.toContain('no room');
});

it('forgets partitions that are not ours any more', () => {
  const watch = new PartitionWatch();
  watch.seen(at(5, 10), 0);
  watch.seen([], 1_000);
  expect(watch.seen(at(5, 10), STUCK_AFTER_MS)).toEqual([]);
});
