import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf, partitionsOf } from './partition.ts';

const partitions = Array.from({ length: 16 }, (_, index) => index.toString().padStart(2, '0'));
const memberLists = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 9 });

describe('partition ownership', () => {
  it('nobody owns a partition when nobody is there', () => {
    expect(ownerOf('00', [])).toBeUndefined();
    expect(partitionsOf('a', [], partitions)).toEqual([]);
  });

  it('a stranger owns nothing', () => {
    expect(partitionsOf('stranger', ['a', 'b'], partitions)).toEqual([]);
  });

  it('members agree, in whatever order they see the list', () => {
    fc.assert(
      fc.property(memberLists, fc.constantFrom(...partitions), (members, partition) => {
        const owner = ownerOf(partition, members);
        expect(members).toContain(owner);
        expect(ownerOf(partition, [...members].reverse())).toBe(owner);
        expect(ownerOf(partition, [...members].sort())).toBe(owner);
      }),
    );
  });

  it('every partition has exactly one owner', () => {
    fc.assert(
      fc.property(memberLists, (members) => {
        const owned = members.flatMap((member) => partitionsOf(member, members, partitions));
        expect(owned.sort()).toEqual(partitions);
      }),
    );
  });

  it('when a member leaves, only its partitions move', () => {
    fc.assert(
      fc.property(memberLists, fc.nat(), (members, pick) => {
        const leaver = members[pick % members.length]!;
        const left = members.filter((member) => member !== leaver);
        for (const partition of partitions) {
          const before = ownerOf(partition, members);
          if (before !== leaver) expect(ownerOf(partition, left)).toBe(before);
        }
      }),
    );
  });

  it('many partitions are shared out evenly', () => {
    const members = ['coordinator-1', 'coordinator-2', 'coordinator-3', 'coordinator-4'];
    const many = Array.from({ length: 1000 }, (_, index) => `${index}`);
    for (const member of members) {
      const share = partitionsOf(member, members, many).length;
      expect(share).toBeGreaterThan(200);
      expect(share).toBeLessThan(300);
    }
  });

  it('of two members with alike names, neither owns nearly all of a few partitions', () => {
    for (let number = 0; number < 50; number += 1) {
      const members = [`coordinator-${number}`, `coordinator-${number + 1}`];
      const share = partitionsOf(members[0]!, members, partitions).length;
      expect(share).toBeGreaterThan(1);
      expect(share).toBeLessThan(15);
    }
  });
});
