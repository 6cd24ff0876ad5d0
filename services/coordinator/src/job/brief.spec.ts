import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BRIEF_VIEW_MS, isBrief } from './brief.ts';
import { submittedJob } from './state.ts';

const job = (chunks: number, msPerChunk: number | null) => submittedJob(aSubmitJob({ chunks }), 0, { size: 1, msPerChunk });

describe('a job is brief', () => {
  it('when one of its shape was over within half of what a view may wait', () => {
    expect(isBrief(job(8, 0.01), 2)).toBe(true);
    expect(isBrief(job(8, 100), 2)).toBe(false);
  });

  it('not when nothing is known of it, nor when nobody can compute it', () => {
    expect(isBrief(job(8, null), 2)).toBe(false);
    expect(isBrief(job(8, 0.01), 0)).toBe(false);
  });

  it('not when its chunks, shared out evenly, take longer than that; more slots never make it longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0.0005, max: 1_000, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (chunks, msPerChunk, slots) => {
          const brief = isBrief(job(chunks, msPerChunk), slots);
          expect(brief).toBe((chunks * msPerChunk) / slots < BRIEF_VIEW_MS / 2);
          if (brief) expect(isBrief(job(chunks, msPerChunk), slots + 1)).toBe(true);
        },
      ),
    );
  });
});
