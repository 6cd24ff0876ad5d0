import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateOf, PAST_JOBS_MAX, type AskedJob, type PastJob } from './estimate.ts';

const job = (n: number, workSec: number, more: Partial<PastJob> = {}): PastJob => ({
  params: { n },
  chunks: 64,
  sec: workSec / 2,
  busy: { sec: workSec, slots: 2 },
  ...more,
});
const asked = (n: number, more: Partial<AskedJob> = {}): AskedJob => ({ params: { n }, chunks: 64, ofInput: false, ...more });

describe('an estimate', () => {
  it('of jobs that were the same is what they took, and half of it on twice the slots', () => {
    const past = [job(1_000, 8), job(1_000, 8), job(1_000, 8)];
    expect(estimateOf(past, asked(1_000), 2)).toEqual({ jobs: 3, slots: 2, sec: 4, least_sec: 4, most_sec: 4, work_sec: 8 });
    expect(estimateOf(past, asked(1_000), 4).sec).toBe(2);
  });

  it('between two sizes is between their times, by the power that they grow with', () => {
    const past = [job(10_000, 1), job(1_000_000, 100)];
    expect(estimateOf(past, asked(100_000), 1).sec).toBeCloseTo(10, 1);
    expect(estimateOf(past, asked(2_000_000), 1).sec).toBeCloseTo(200, 0);
  });

  it('is none of a job that is far larger than all known ones, and none of one with other words', () => {
    const none = { jobs: 0, slots: 2, sec: null, least_sec: null, most_sec: null, work_sec: null };
    const past = [job(1_000, 1)];
    expect(estimateOf(past, asked(100_000), 2)).toEqual(none);
    expect(estimateOf(past, asked(10), 2)).toEqual(none);
    expect(estimateOf(past, asked(1_000, { params: { n: 1_000, code: 'x' } }), 2)).toEqual(none);
    expect(estimateOf([], asked(1_000), 2)).toEqual(none);
  });

  it('uses no more slots than there are chunks, and states no time where there is no slot', () => {
    expect(estimateOf([job(1_000, 8)], asked(1_000, { chunks: 1 }), 4).sec).toBe(8);
    expect(estimateOf([job(1_000, 8)], asked(1_000), 0)).toMatchObject({ jobs: 1, sec: null, work_sec: 8 });
  });

  it('adds what jobs took beyond their work, and takes brief ones for what they took', () => {
    expect(estimateOf([job(1_000, 8, { sec: 5 })], asked(1_000), 2).sec).toBe(5);
    expect(estimateOf([job(1_000, 0, { sec: 0.05, busy: undefined })], asked(1_000), 1).sec).toBe(0.05);
  });

  it('grows with the chunks of an input, and with digits that are too large for a number', () => {
    const past = [job(1, 10, { chunks: 10 }), job(1, 100, { chunks: 100 })];
    expect(estimateOf(past, asked(1, { chunks: 200, ofInput: true }), 1).sec).toBeGreaterThan(150);
    expect(estimateOf([job(1, 10, { params: { n: '9'.repeat(30) } })], asked(1, { params: { n: '8'.repeat(30) } }), 1).jobs).toBe(
      1,
    );
  });

  it('states how far jobs like it were off', () => {
    const past = [...Array.from({ length: 8 }, () => job(1_000, 8)), job(1_000, 4), job(1_000, 16)];
    const { sec, least_sec: least, most_sec: most } = estimateOf(past, asked(1_000), 2);
    expect(sec).toBeCloseTo(4, 1);
    expect(least).toBeLessThanOrEqual(sec!);
    expect(most).toBeGreaterThan(7.5);
  });
});

const number = fc.oneof(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0, max: 1e12, noNaN: true }));
const past = fc.record(
  {
    params: fc.record({ n: number, mode: fc.constantFrom('a', 'b') }),
    chunks: fc.integer({ min: 1, max: 1_000_000 }),
    sec: fc.double({ min: 0, max: 1e7, noNaN: true }),
    busy: fc.option(fc.record({ sec: fc.double({ min: 0, max: 1e8, noNaN: true }), slots: fc.nat(500) }), { nil: undefined }),
  },
  { requiredKeys: ['params', 'chunks', 'sec'] },
);
const wanted = fc.record({
  params: fc.record({ n: number, mode: fc.constantFrom('a', 'b') }),
  chunks: fc.integer({ min: 1, max: 1_000_000 }),
  ofInput: fc.boolean(),
});
const jobs = fc.array(past, { maxLength: 40 });
/** As far as three digits and the order of sums allow. */
const nearly = (value: number): number => value * 1.02 + 1e-9;

describe('whatever the history,', () => {
  it('an estimate is finite, between its bounds, and never negative', () => {
    fc.assert(
      fc.property(jobs, wanted, fc.nat(1_000), (history, job, slots) => {
        const { sec, least_sec: least, most_sec: most, work_sec: work, jobs: count } = estimateOf(history, job, slots);
        expect(count).toBeLessThanOrEqual(Math.min(history.length, PAST_JOBS_MAX));
        for (const value of [sec, least, most, work]) if (value !== null) expect(value).toBeGreaterThanOrEqual(0);
        for (const value of [sec, least, most, work]) if (value !== null) expect(value).toBeLessThan(Infinity);
        expect(sec === null).toBe(count === 0 || slots === 0);
        if (sec === null) return;
        expect(least!).toBeLessThanOrEqual(nearly(sec));
        expect(sec).toBeLessThanOrEqual(nearly(most!));
      }),
    );
  });

  it('a larger job takes no less, more slots take no longer, and the order of the jobs changes nothing', () => {
    fc.assert(
      fc.property(
        jobs,
        wanted,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        (history, job, slots, more) => {
          const { sec, jobs: count } = estimateOf(history, job, slots);
          if (sec === null) return;
          const larger = { ...job, params: { ...job.params, n: job.params.n * 1.5 } };
          const ofLarger = estimateOf(history, larger, slots);
          if (ofLarger.sec !== null) expect(sec).toBeLessThanOrEqual(nearly(ofLarger.sec));
          expect(estimateOf(history, job, slots + more).sec!).toBeLessThanOrEqual(nearly(sec));
          const turned = estimateOf(history.toReversed(), job, slots);
          expect(turned.jobs).toBe(count);
          expect(turned.sec!).toBeLessThanOrEqual(nearly(sec));
          expect(sec).toBeLessThanOrEqual(nearly(turned.sec!));
        },
      ),
    );
  });
});
