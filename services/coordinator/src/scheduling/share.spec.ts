import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from '../job/chunk-set.ts';
import type { Pace } from './lease-size.ts';
import { heuristics } from './heuristics.ts';
import { ALONE, isYoung, windowOf, type Share } from './share.ts';
import { submittedJob } from '../job/state.ts';

const paced = (pace: Pace) => ({ ...submittedJob(aSubmitJob({ chunks: 1_000 }), 0, pace) });
/** A job whose leases take so long. */
const ofLeases = (ms: number) => paced({ size: 1, msPerChunk: ms });

describe('the window', () => {
  it('of a job alone is twice the live slots, and wider while its leases are short', () => {
    expect(windowOf(ofLeases(100), 4, ALONE)).toBe(8);
    expect(windowOf(ofLeases(1), 4, ALONE)).toBe(16);
    expect(windowOf(ofLeases(100), 0, ALONE)).toBe(2);
  });

  it('of a job alone whose leases are bounded to less than they would hold keeps the slots busy with many of them', () => {
    const bounded = (ms: number) => windowOf(paced({ size: 4, msPerChunk: ms }), 2, ALONE, 1);
    expect([0.001, 2, 5, 15, 19, 100].map(bounded)).toEqual([128, 80, 32, 12, 10, 4]);
    expect(windowOf(paced({ size: 4, msPerChunk: 0.001 }), 2, ALONE, 4)).toBe(8);
    expect(windowOf(paced({ size: 4, msPerChunk: 0.001 }), 2, { ...ALONE, part: 0.5, smallestPart: 0.5 }, 1)).toBeLessThanOrEqual(
      64,
    );
  });

  it('beside others holds at least one lease, and never more than the bound', () => {
    const share = fc.record({
      part: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      smallestPart: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      longestMs: fc.double({ min: 150, max: 1e6, noNaN: true }),
      jobsOfTenant: fc.nat(),
    });
    fc.assert(
      fc.property(share, fc.double({ min: 0.001, max: 1e5, noNaN: true }), fc.nat(300), (given, ms, slots) => {
        const window = windowOf(ofLeases(ms), slots, given);
        expect(window).toBeGreaterThanOrEqual(1);
        expect(window).toBeLessThanOrEqual(Math.max(1_000, 4 * slots));
      }),
    );
  });
});

describe('a job is young', () => {
  it('until it had a second of all slots, or always while nothing is measured', () => {
    const job = ofLeases(100);
    expect(isYoung(submittedJob(aSubmitJob({ chunks: 9 }), 0), 2, ALONE)).toBe(true);
    expect(isYoung({ ...job, done: ChunkSet.of([[0, (2 * heuristics.youngMs) / 100 - 1]]) }, 2, ALONE)).toBe(true);
    expect(isYoung({ ...job, done: ChunkSet.of([[0, (2 * heuristics.youngMs) / 100]]) }, 2, ALONE)).toBe(false);
  });

  it('only among few of its tenant', () => {
    expect(isYoung(ofLeases(1), 2, { ...ALONE, jobsOfTenant: 8 })).toBe(true);
    expect(isYoung(ofLeases(1), 2, { ...ALONE, jobsOfTenant: 9 })).toBe(false);
    expect(isYoung(ofLeases(1), 20, { ...ALONE, jobsOfTenant: 40 })).toBe(true);
  });
});

interface RunningJob {
  tenant: number;
  chunkMs: number;
}

function sharesOf(jobs: readonly RunningJob[]): Share[] {
  const jobsOf = (tenant: number) => jobs.filter((job) => job.tenant === tenant).length;
  const tenants = new Set(jobs.map(({ tenant }) => tenant)).size;
  const parts = jobs.map(({ tenant }) => 1 / (tenants * jobsOf(tenant)));
  const longestMs = Math.max(150, ...jobs.map(({ chunkMs }) => leaseMsOf(chunkMs)));
  return jobs.map(({ tenant }, index) => ({
    part: parts[index]!,
    smallestPart: Math.min(...parts),
    longestMs,
    jobsOfTenant: jobsOf(tenant),
  }));
}

const leaseMsOf = (chunkMs: number): number => Math.max(1, Math.floor(150 / chunkMs)) * chunkMs;

/**
 * What part of the slot time each of these endless jobs gets, and its part by right: slots take leases in the order they were handed out, and each
 * answer makes its job hand out one more at the end of the line. Every lease takes between half and one and a half of what is expected.
 */
function simulated(jobs: readonly RunningJob[], slots: number): { part: number; gets: number }[] {
  const shares = sharesOf(jobs);
  const gets = jobs.map(() => 0);
  const queue: number[] = [];
  jobs.forEach(({ chunkMs }, job) =>
    queue.push(...Array.from({ length: windowOf(ofLeases(leaseMsOf(chunkMs)), slots, shares[job]!) }, () => job)),
  );
  const free = Array.from({ length: slots }, () => 0);
  let seed = 1;
  for (let count = 0; count < 20_000; count += 1) {
    const job = queue.shift()!;
    const slot = free.indexOf(Math.min(...free));
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const ms = leaseMsOf(jobs[job]!.chunkMs) * (0.5 + seed / 2 ** 32);
    gets[job]! += ms;
    free[slot]! += ms;
    queue.push(job);
  }
  const total = gets.reduce((sum, ms) => sum + ms, 0);
  return gets.map((ms, job) => ({ part: shares[job]!.part, gets: ms / total }));
}

describe('slot time', () => {
  it('goes to tenants in equal parts and to the jobs of each in equal parts, whatever their chunks cost', () => {
    const job = fc.record({ tenant: fc.nat(3), chunkMs: fc.constantFrom(0.001, 1, 10, 100, 150, 400, 1_000, 2_000) });
    fc.assert(
      fc.property(fc.array(job, { minLength: 2, maxLength: 8 }), fc.constantFrom(1, 2, 4, 8), (jobs, slots) => {
        for (const { part, gets } of simulated(jobs, slots)) expect(Math.abs(gets - part)).toBeLessThanOrEqual(0.1);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('of one job beside a hundred of another tenant is a half', () => {
    const many = Array.from({ length: 100 }, () => ({ tenant: 1, chunkMs: 10 }));
    const [one] = simulated([{ tenant: 0, chunkMs: 10 }, ...many], 2);
    expect(one!.gets).toBeGreaterThan(0.45);
    expect(one!.gets).toBeLessThan(0.55);
  });
});
