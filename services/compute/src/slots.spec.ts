import { describe, expect, it } from 'vitest';
import { memoryMibOf, slotsWithin } from './slots.ts';

const mib = 1024 ** 2;
/** As the kernel states it where there is none. */
const none = 2 ** 64;

describe('slotsWithin', () => {
  it('is what is set where memory holds that, or has no limit', () => {
    expect(slotsWithin(256, 2, none)).toBe(256);
    expect(slotsWithin(2, 64, 1024 * mib)).toBe(2);
    expect(slotsWithin(43, 64, 1024 * mib)).toBe(43);
    expect(slotsWithin(10, 64, memoryMibOf(10) * mib)).toBe(10);
  });

  // Seen: a worker of 64 slots in a container of 1 GiB, as compose had it, was killed by the kernel, again and again.
  it('refuses what memory does not hold, with what to set', () => {
    expect(() => slotsWithin(44, 64, 1024 * mib)).toThrow(
      'MANYHANDS_SLOTS is 44, and so many threads need 1040 MiB of memory before their chunks hold anything; this process may use 1024. ' +
        'Set MANYHANDS_SLOTS to 43 at most, or let it use more (compose: MANYHANDS_COMPUTE_MEMORY in .env;',
    );
    expect(() => slotsWithin(10, 64, memoryMibOf(10) * mib - 1)).toThrow('to 9 at most');
    expect(() => slotsWithin(1, 64, 128 * mib)).toThrow('may use 128. Let it use more');
  });

  it('is one per core where nothing is set, but no more than memory holds, and one at least', () => {
    expect(slotsWithin(undefined, 8, none)).toBe(8);
    expect(slotsWithin(undefined, 64, 1024 * mib)).toBe(43);
    expect(slotsWithin(undefined, 64, 128 * mib)).toBe(1);
  });
});
