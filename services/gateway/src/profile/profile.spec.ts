import { JobTiming, pendingView, TimePart, type JobView } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileOf } from './profile.ts';

const START = Date.parse('2026-03-01T10:00:00.000Z');
const submit = aSubmitJob({ kind: 'render', chunks: 16 });

function aTiming(given: Partial<JobTiming> = {}): JobTiming {
  const ms = given.ms ?? 10_000;
  return {
    ms,
    parts: { computing: ms },
    at: new Date(START + ms).toISOString(),
    doing: 'leasing',
    slots: 2,
    leases: 16,
    busy: { computing: 2 * ms, merging: 0, pacing: 0 },
    // 1,024 ms each.
    chunk_times: [[40, 16]],
    slowest: [{ begin: 3, end: 4, worker: 'w', slot: 0, from_ms: 0, took_ms: 1_100 }],
    width_ms: 1_000,
    rows: [0, 1].map((slot) => ({ worker: 'w', slot, busy_ms: ms, chunks: 8, busy: 'z'.repeat(10) })),
    ...given,
  };
}
const aView = (timing: JobTiming | undefined, given: Partial<JobView> = {}): JobView => ({
  ...pendingView({ ...submit, submitted_at: new Date(START).toISOString() }),
  status: 'completed',
  ...(timing && { timing }),
  ...given,
});
const over = { nowMs: START + 3_600_000, isHeld: false };
const profile = (timing: JobTiming | undefined, given: Partial<JobView> = {}, present = over) =>
  profileOf(aView(timing, given), present);

describe('the cause', () => {
  it('too few slots, and what one more had saved', () => {
    const found = profile(aTiming());
    expect(found).toMatchObject({ cause: 'few_slots', slots: { live: 2, used: 2, busy_sec: 20 } });
    expect(found.saved_by_slot_sec).toBeCloseTo(10 / 3, 1);
    expect(found.advice).toContain('one more slot would have saved about 3.3 s');
  });

  it('one chunk that takes much longer than the others', () => {
    const found = profile(
      aTiming({
        busy: { computing: 11_500, merging: 0, pacing: 0 },
        chunk_times: [
          [27, 15],
          [53, 1],
        ],
        slowest: [{ begin: 7, end: 8, worker: 'w', slot: 1, from_ms: 100, took_ms: 9_800 }],
      }),
    );
    expect(found).toMatchObject({ cause: 'skewed_chunks', saved_by_slot_sec: 0 });
    expect(found.advice).toMatch(/^Chunk 7 took 9\.8 s, where the median of a chunk is 108 ms/);
    expect(found.stragglers[0]!.times_median).toBeGreaterThan(80);
  });

  it.each<[string, Partial<JobTiming>, Partial<JobView>]>([
    ['merging', { parts: { computing: 2_000, merging: 8_000 }, busy: { computing: 4_000, merging: 8_000, pacing: 0 } }, {}],
    ['pacing', { parts: { computing: 1_000, pacing: 9_000 }, busy: { computing: 2_000, merging: 0, pacing: 18_000 } }, {}],
    [
      'retrying',
      { parts: { computing: 1_000, retrying: 9_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } },
      { retries: 5 },
    ],
    ['no_worker', { parts: { no_worker: 9_000, computing: 1_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } }, {}],
    ['queued', { parts: { queued: 9_000, computing: 1_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } }, {}],
    ['stopped', { parts: { stopped: 9_000, computing: 1_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } }, {}],
    ['unanswered', { parts: { unanswered: 9_000, computing: 1_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } }, {}],
    ['shared_slots', { parts: { leasing: 9_000, computing: 1_000 }, busy: { computing: 1_000, merging: 0, pacing: 0 } }, {}],
    [
      'small_chunks',
      { parts: { leasing: 9_000, computing: 1_000 }, leases: 400, busy: { computing: 1_000, merging: 0, pacing: 0 } },
      {},
    ],
    ['at_once', { parts: { at_once: 5_000, computing: 5_000 }, slots: 4 }, { at_once: 2 }],
    ['few_chunks', { slots: 8 }, { total_chunks: 2 }],
    ['shared_slots', { slots: 8 }, {}],
    ['none', { ms: 40 }, {}],
  ])('%s', (cause, timing, given) => {
    const found = profile(aTiming(timing), given);
    expect(found.cause).toBe(cause);
    expect(found.advice).toMatch(/^[A-Z0-9].*\.$/s);
  });
});

it('a job that waits for a worker: until now', () => {
  const timing = aTiming({
    ms: 5,
    parts: { no_worker: 5 },
    at: new Date(START + 5).toISOString(),
    doing: 'no_worker',
    slots: 0,
    leases: 0,
  });
  const bare = { busy: { computing: 0, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], rows: [] };
  const found = profile({ ...timing, ...bare }, { status: 'pending' }, { nowMs: START + 60_000, isHeld: false });
  expect(found).toMatchObject({
    cause: 'no_worker',
    measured_sec: 60,
    parts: [{ part: 'no_worker', sec: 60 }],
    advice: 'For 1 min 0 s no live worker could compute render: start one.',
    chunk_sec: null,
  });
});

it('a job that is computed now: since its newest message it computes', () => {
  const present = { nowMs: START + 12_000, isHeld: true };
  expect(profile(aTiming(), { status: 'running' }, present)).toMatchObject({
    measured_sec: 12,
    parts: [{ part: 'computing', sec: 12 }],
  });
  const paused = profile(aTiming({ doing: 'stopped' }), { status: 'paused' }, present);
  expect(paused.parts).toMatchObject([
    { part: 'computing', sec: 10 },
    { part: 'stopped', sec: 2 },
  ]);
});

it('a job that no coordinator has taken up yet, and one of an earlier release', () => {
  expect(profile(undefined, { status: 'pending' }, { nowMs: START + 3_000, isHeld: false })).toMatchObject({
    measured_sec: 3,
    parts: [{ part: 'queued', sec: 3 }],
  });
  expect(profile(undefined, { finished_at: new Date(START + 4_000).toISOString() })).toMatchObject({ measured_sec: 4 });
});

const whole = fc.nat(1_000_000);
const timings = fc
  .record({
    parts: fc.dictionary(fc.constantFrom(...TimePart.options), whole, { noNullPrototype: true }),
    doing: fc.constantFrom(...TimePart.options),
    slots: fc.nat(1_000),
    leases: fc.nat(100_000),
    busy: fc.record({ computing: whole, merging: whole, pacing: whole }),
    chunk_times: fc.array(fc.tuple(fc.integer({ min: -40, max: 120 }), fc.integer({ min: 1, max: 1_000 })), { maxLength: 60 }),
    slowest: fc.array(
      fc.record({
        begin: fc.nat(9),
        end: fc.integer({ min: 10, max: 20 }),
        worker: fc.constant('w'),
        slot: fc.nat(9),
        from_ms: whole,
        took_ms: whole,
      }),
      { maxLength: 5 },
    ),
    width_ms: fc.integer({ min: 1, max: 100_000 }),
    rows: fc.array(
      fc.record({
        worker: fc.constant('w'),
        slot: fc.nat(9),
        busy_ms: whole,
        chunks: fc.nat(1_000),
        busy: fc.stringMatching(/^[0-9a-z]{0,60}$/),
      }),
      { maxLength: 24 },
    ),
  })
  .map((timing): JobTiming => {
    const ms = Object.values(timing.parts).reduce((sum, part) => sum + part, 0);
    return { ...timing, ms, at: new Date(START + ms).toISOString() } as JobTiming;
  });

it('whatever is measured, no part is below 0, they add up, and what a slot saves is less than all', () => {
  fc.assert(
    fc.property(
      timings,
      fc.constantFrom('running' as const, 'completed' as const, 'paused' as const),
      fc.nat(100_000),
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      (timing, status, passedMs, isHeld, atOnce) => {
        JobTiming.parse(timing);
        const nowMs = START + timing.ms + passedMs;
        const found = profile(timing, { status, ...(atOnce && { at_once: atOnce }) }, { nowMs, isHeld });
        const sum = found.parts.reduce((all, { sec }) => all + sec, 0);
        expect(found.parts.every(({ sec }) => sec > 0)).toBe(true);
        expect(Math.abs(sum - found.measured_sec)).toBeLessThan(1e-6);
        expect(found.saved_by_slot_sec).toBeGreaterThanOrEqual(0);
        expect(found.saved_by_slot_sec).toBeLessThanOrEqual(found.measured_sec);
        expect(found.advice).not.toMatch(/NaN|undefined|Infinity/);
        expect(JSON.stringify(found).length).toBeLessThan(20_000);
      },
    ),
    { numRuns: 200 },
  );
});
