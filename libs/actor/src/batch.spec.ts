import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByActor, inParallel } from './batch.ts';

const batches = fc
  .uniqueArray(fc.record({ actorId: fc.constantFrom<string>('a', 'b', 'c'), sequence: fc.nat(50) }), {
    selector: ({ sequence }) => sequence,
  })
  .map((messages) => messages.map((message) => ({ ...message, storedAtMs: 0, redelivered: false, message: undefined })));

describe('a mailbox batch', () => {
  it('is split so that each message is in one part, under its actor, with sequences rising', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const parts = groupByActor(batch);
        expect(parts.flatMap(({ messages }) => messages).length).toBe(batch.length);
        expect(new Set(parts.map(({ actorId }) => actorId)).size).toBe(parts.length);
        for (const { actorId, messages } of parts) {
          expect(messages.length).toBeGreaterThan(0);
          expect(messages.every((message) => message.actorId === actorId && batch.includes(message))).toBe(true);
          const sequences = messages.map(({ sequence }) => sequence);
          expect(sequences).toEqual([...sequences].sort((x, y) => x - y));
        }
      }),
    );
  });

  it('keeps the order in which its actors first appear', () => {
    const batch = ['b', 'a', 'b', 'c'].map((actorId, sequence) => ({
      actorId,
      sequence,
      storedAtMs: 0,
      redelivered: false,
      message: 0,
    }));
    expect(groupByActor(batch).map(({ actorId }) => actorId)).toEqual(['b', 'a', 'c']);
  });
});

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
