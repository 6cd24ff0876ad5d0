import { describe, expect, it } from 'vitest';
import { HeldPartition, PartitionDropped } from './held-partition.ts';

describe('a held partition', () => {
  it('does one thing after the other, also after a failure', async () => {
    const held = new HeldPartition<unknown>('00');
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
    const held = new HeldPartition<unknown>('00');
    expect(() => held.mustBeHeld()).not.toThrow();
    held.drop();
    expect(() => held.mustBeHeld()).toThrow(PartitionDropped);
  });
});
