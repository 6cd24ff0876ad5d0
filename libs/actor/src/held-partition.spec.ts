import { describe, expect, it } from 'vitest';
import { FinishedActors, HeldPartition, PartitionDropped } from './held-partition.ts';

describe('a held partition', () => {
  it('does one thing after the other, also after a failure', async () => {
    const held = new HeldPartition<unknown>('00', 10);
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = held.inOrder(async () => {
      await gate.promise;
      order.push('first');
      throw new Error('failed');
    });
    const second = held.inOrder(async () => order.push('second'));
    gate.resolve();
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('dropped, is dropped for good', () => {
    const held = new HeldPartition<unknown>('00', 10);
    expect(() => held.mustBeHeld()).not.toThrow();
    held.drop();
    expect(() => held.mustBeHeld()).toThrow(PartitionDropped);
  });

  it('is not held any more once its owner says so, whether it was dropped or not', () => {
    const held = new HeldPartition<unknown>('00', 10);
    let ours = true;
    held.heldWhile(() => ours);
    expect(() => held.mustBeHeld()).not.toThrow();
    ours = false;
    expect(() => held.mustBeHeld()).toThrow(PartitionDropped);
  });
});

it('finished actors are remembered up to the limit, the oldest forgotten first', () => {
  const finished = new FinishedActors(2);
  for (const id of ['a', 'b', 'b', 'c']) finished.add(id);
  expect(['a', 'b', 'c'].map((id) => finished.has(id))).toEqual([false, true, true]);
});
