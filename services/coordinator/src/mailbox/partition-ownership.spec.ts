import { describe, expect, it } from 'vitest';
import { MemoryCluster, partitionsOf } from '@manyhands/actor';
import { createSignal, eventually } from '@manyhands/testkit';
import type { PartitionConsumer, PartitionRelease } from './partition-consumer.ts';
import { openPartitionOwnership, retryAfterMs } from './partition-ownership.ts';

const partitions = ['00', '01', '02', '03', '04', '05', '06', '07'];

/** Partition consumers that only say when they are opened and closed. */
function createPartitions() {
  const open = new Map<string, (release: Omit<PartitionRelease, 'partition'>) => void>();
  const signal = createSignal<string>();
  const gates = new Map<string, Promise<void>>();
  return {
    signal,
    get opened() {
      return [...open.keys()].sort();
    },
    end: (partition: string, release: Omit<PartitionRelease, 'partition'>) => open.get(partition)!(release),
    /** Closing this partition takes until the promise resolves. */
    holdClosing: (partition: string, until: Promise<void>) => void gates.set(partition, until),
    open(partition: string): PartitionConsumer {
      if (open.has(partition)) throw new Error(`${partition} is open already`);
      const { promise, resolve } = Promise.withResolvers<PartitionRelease>();
      const end = (release: Omit<PartitionRelease, 'partition'>) => {
        open.delete(partition);
        resolve({ partition, ...release });
      };
      open.set(partition, end);
      signal.emit('opened', partition);
      return {
        partition,
        closed: promise,
        async close() {
          await gates.get(partition);
          end({ why: 'closed', batches: 0 });
          await promise;
        },
      };
    },
  };
}

describe('partition ownership', () => {
  it('opens all partitions for the only member, and hands over those that another member owns when it joins', async () => {
    const cluster = new MemoryCluster();
    const mine = createPartitions();
    const ownership = await openPartitionOwnership({ membership: cluster.join('a'), partitions, open: mine.open });
    expect(mine.opened).toEqual(partitions);

    cluster.join('b');
    await eventually(() => expect(mine.opened).toEqual(partitionsOf('a', ['a', 'b'], partitions)));
    cluster.leave('b');
    await eventually(() => expect(mine.opened).toEqual(partitions));
    await ownership.stop();
    expect(mine.opened).toEqual([]);
  });

  it('opens a partition again that has ended, telling why it ended', async () => {
    const mine = createPartitions();
    const ended: PartitionRelease[] = [];
    const ownership = await openPartitionOwnership({
      membership: new MemoryCluster().join('a'),
      partitions: ['00'],
      open: mine.open,
      ended: (release) => ended.push(release),
    });
    await mine.signal.wait('opened');
    mine.end('00', { why: 'pin_lost', batches: 3 });
    await mine.signal.wait('opened');
    mine.end('00', { why: 'failed', error: 'why not', batches: 0 });
    await mine.signal.wait('opened');

    expect(ended).toEqual([
      { partition: '00', why: 'pin_lost', batches: 3 },
      { partition: '00', why: 'failed', error: 'why not', batches: 0 },
    ]);
    await ownership.stop();
  });

  it('never has a partition open twice: taken away and given back while it closes, it opens after it has closed', async () => {
    const cluster = new MemoryCluster();
    const mine = createPartitions();
    const gate = Promise.withResolvers<void>();
    const moving = partitions.find((partition) => !partitionsOf('a', ['a', 'b'], partitions).includes(partition))!;
    const ownership = await openPartitionOwnership({ membership: cluster.join('a'), partitions: [moving], open: mine.open });
    await mine.signal.wait('opened');
    mine.holdClosing(moving, gate.promise);
    cluster.join('b');
    cluster.leave('b');
    cluster.join('b');
    cluster.leave('b');
    expect(mine.signal.count('opened')).toBe(1);
    gate.resolve();
    await mine.signal.wait('opened');

    expect(mine.opened).toEqual([moving]);
    expect(mine.signal.count('opened')).toBe(2);
    await ownership.stop();
  });

  it('tries again when a partition cannot be opened at all', async () => {
    const mine = createPartitions();
    const ended: PartitionRelease[] = [];
    let tries = 0;
    const ownership = await openPartitionOwnership({
      membership: new MemoryCluster().join('a'),
      partitions: ['00'],
      ended: (release) => ended.push(release),
      open(partition) {
        if ((tries += 1) === 1) throw new Error('closed connection');
        return mine.open(partition);
      },
    });
    await mine.signal.wait('opened');
    expect(ended).toEqual([{ partition: '00', why: 'failed', error: new Error('closed connection'), batches: 0 }]);
    await ownership.stop();
  });

  it('stops while a partition waits to be tried again', async () => {
    const mine = createPartitions();
    const ownership = await openPartitionOwnership({
      membership: new MemoryCluster().join('a'),
      partitions: ['00'],
      open: mine.open,
    });
    await mine.signal.wait('opened');
    for (let failures = 0; failures < 4; failures += 1) {
      mine.end('00', { why: 'failed', batches: 0 });
      if (failures < 3) await mine.signal.wait('opened');
    }
    await ownership.stop();
    expect(mine.opened).toEqual([]);
  });

  it('waits longer after each failure, up to a limit', () => {
    expect([1, 2, 3, 4, 10].map(retryAfterMs)).toEqual([100, 200, 400, 800, 5_000]);
  });
});
