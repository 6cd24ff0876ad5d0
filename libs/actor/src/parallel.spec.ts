import { describe, expect, it } from 'vitest';
import { inParallel } from './parallel.ts';

describe('work in parallel', () => {
  it('gives results in the order of the items, whatever order they ended in', async () => {
    const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const all = inParallel([0, 1, 2], 3, async (item) => (await gates[item]!.promise, item * 10));
    for (const item of [2, 0, 1]) gates[item]!.resolve();
    expect(await all).toEqual([0, 10, 20]);
  });

  it('never has more begun than the limit', async () => {
    let running = 0;
    let most = 0;
    await inParallel(Array.from({ length: 50 }), 4, async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).toBe(4);
  });

  it('begins nothing after a failure, and throws it only when the others have ended', async () => {
    const begun: number[] = [];
    const gate = Promise.withResolvers<void>();
    let ended = false;
    const all = inParallel([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error('first');
      await gate.promise;
      ended = true;
    }).catch((error: Error) => `${error.message}, others ended: ${ended}`);
    gate.resolve();
    expect(await all).toBe('first, others ended: true');
    expect(begun).toEqual([0, 1]);
  });

  it('of nothing is nothing', async () => {
    expect(await inParallel([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
