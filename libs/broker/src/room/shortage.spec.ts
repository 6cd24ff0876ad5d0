import { ROOM_SHARE } from '@manyhands/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortageOf, type Level } from './shortage.ts';

const level = fc.record({
  what: fc.constantFrom<Level['what']>('mailbox', 'work', 'timers', 'jobs', 'jobState'),
  bytes: fc.nat(2_000_000_000),
  maxBytes: fc.integer({ min: 1, max: 2_000_000_000 }),
});

describe('shortageOf', () => {
  it('refuses exactly when one of them is over its share, whatever the others are', () => {
    fc.assert(
      fc.property(fc.array(level), (levels) => {
        const isOver = levels.some(({ bytes, maxBytes }) => bytes / maxBytes > ROOM_SHARE);
        return (shortageOf(levels) !== undefined) === isOver;
      }),
    );
  });

  it('counts in what is coming', () => {
    const jobs: Level = { what: 'jobs', bytes: 80, maxBytes: 100 };
    expect(shortageOf([jobs], { jobs: 10 })).toBeUndefined();
    expect(shortageOf([jobs], { jobs: 11 })).toContain('bucket jobs');
    expect(shortageOf([jobs], { mailbox: 1_000 })).toBeUndefined();
  });

  it('names the fullest, how full it is, and what to do', () => {
    const levels: Level[] = [
      { what: 'mailbox', bytes: 95, maxBytes: 100 },
      { what: 'jobs', bytes: 1_990_000_000, maxBytes: 2_000_000_000 },
    ];
    expect(shortageOf(levels)).toBe(
      'bucket jobs holds 1990 of 2000 MB, and the rest is kept for jobs accepted before. Finished jobs make room when their retention is over. To hold more, raise MANYHANDS_STORAGE_GB or lower MANYHANDS_RETENTION_HOURS.',
    );
  });

  it('knows no limit where there is none', () => {
    expect(shortageOf([{ what: 'work', bytes: 5, maxBytes: -1 }])).toBeUndefined();
  });
});
