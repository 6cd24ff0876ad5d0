import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByActor } from './mailbox.ts';

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
