import { describe, expect, it } from 'vitest';
import { memoryMibOf, slotsWithin } from './slot-memory.ts';

const mib = 1024 ** 2;
/** As the operating system states it where there is none. */
const none = 2 ** 64;

describe('slotsWithin', () => {
  it('is what is set where memory holds that, or has no limit', () => {
    expect(slotsWithin({ slots: 256, cores: 2, limitBytes: none })).toEqual({ slots: 256 });
    expect(slotsWithin({ slots: 2, cores: 64, limitBytes: 1024 * mib })).toEqual({ slots: 2 });
    expect(slotsWithin({ slots: 43, cores: 64, limitBytes: 1024 * mib })).toEqual({ slots: 43 });
    expect(slotsWithin({ slots: 10, cores: 64, limitBytes: memoryMibOf(10) * mib })).toEqual({ slots: 10 });
  });

  // Seen: a worker of 64 slots in a container of 1 GiB, as compose had it, was killed by the operating system, again and again.
  it('refuses what memory does not hold, with what to set', () => {
    expect(slotsWithin({ slots: 44, cores: 64, limitBytes: 1024 * mib })).toEqual({
      wrong:
        'is 44, and so many threads need 1040 MiB of memory before their chunks hold anything; this process may use 1024. ' +
        'Set it to 43 at most, or let it use more',
    });
    const wrong = (slots: number, limitBytes: number) => slotsWithin({ slots, cores: 64, limitBytes });
    expect(wrong(10, memoryMibOf(10) * mib - 1)).toEqual({ wrong: expect.stringContaining('to 9 at most') });
    expect(wrong(1, 128 * mib)).toEqual({ wrong: expect.stringContaining('may use 128. Let it use more') });
  });

  it('is one per core where nothing is set, but no more than memory holds, and one at least', () => {
    const unset = (cores: number, limitBytes: number) => slotsWithin({ slots: undefined, cores, limitBytes });
    expect(unset(8, none)).toEqual({ slots: 8 });
    expect(unset(64, 1024 * mib)).toEqual({ slots: 43 });
    expect(unset(64, 128 * mib)).toEqual({ slots: 1 });
  });
});
