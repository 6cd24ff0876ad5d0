import { TimePart } from '@manyhands/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OTHER_SLOTS, ROWS_MAX, STRETCHES_MAX } from './timeline.ts';
import { NO_TIMING, partsOf, withComputed, withPassed, withUnanswered, type SlotTime, type Timing } from './timing.ts';

const aTime = (given: Partial<SlotTime> = {}): SlotTime => ({
  op: 'compute',
  worker: 'w',
  slot: 0,
  computeMs: 100,
  pacedMs: 0,
  mergeMs: 0,
  begin: 0,
  end: 1,
  heldShare: 0,
  ...given,
});
const sumOf = (timing: Timing): number => Object.values(partsOf(timing)).reduce((sum, ms) => sum + ms, 0);

describe('what a moment was', () => {
  it('a result takes its time out of the wait before it', () => {
    const timing = withComputed(withPassed(NO_TIMING, 500, 'queued'), aTime({ computeMs: 300 }));
    expect(partsOf(timing)).toEqual({ queued: 200, computing: 300 });
  });

  it('two slots at the same time count once', () => {
    const one = withComputed(withPassed(NO_TIMING, 500, 'queued'), aTime({ computeMs: 300 }));
    const two = withComputed(withPassed(one, 50, 'leasing'), aTime({ slot: 1, computeMs: 340 }));
    expect(partsOf(two)).toEqual({ queued: 200, computing: 350 });
    expect(two.busy).toEqual({ computing: 640, merging: 0, pacing: 0 });
  });

  it('a lease that began before all others takes what is left between them', () => {
    const one = withComputed(withPassed(NO_TIMING, 500, 'queued'), aTime({ computeMs: 100 }));
    const two = withComputed(withPassed(one, 100, 'leasing'), aTime({ slot: 1, computeMs: 600 }));
    expect(partsOf(two)).toEqual({ computing: 600 });
  });

  it('waits under a rate and merges in the lease are apart', () => {
    const timing = withComputed(withPassed(NO_TIMING, 400, 'queued'), aTime({ computeMs: 400, pacedMs: 300, mergeMs: 60 }));
    expect(partsOf(timing)).toEqual({ computing: 40, pacing: 300, merging: 60 });
  });

  it('a merge counts where nothing was computed meanwhile', () => {
    const merged = withComputed(withPassed(NO_TIMING, 300, 'leasing'), aTime({ op: 'merge', computeMs: 200 }));
    expect(partsOf(merged)).toEqual({ leasing: 100, merging: 200 });
    expect(partsOf(withComputed(merged, aTime({ slot: 1, computeMs: 50 })))).toEqual({
      leasing: 100,
      merging: 150,
      computing: 50,
    });
  });

  it('of what was allowed at once a share is held', () => {
    const timing = withComputed(withPassed(NO_TIMING, 400, 'leasing'), aTime({ computeMs: 400, heldShare: 0.75 }));
    expect(partsOf(timing)).toEqual({ at_once: 300, computing: 100 });
  });

  it('leases without an answer take the wait alone', () => {
    const paused = withPassed(withPassed(NO_TIMING, 100, 'queued'), 100, 'stopped');
    expect(partsOf(withUnanswered(withPassed(paused, 100, 'leasing'), 250))).toEqual({
      queued: 50,
      stopped: 100,
      unanswered: 150,
    });
  });
});

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.nat(20), fc.nat(100_000)),
      part: fc.constantFrom(...TimePart.options),
    }),
    fc.record({
      do: fc.constant('result' as const),
      time: fc.record({
        op: fc.constantFrom('compute' as const, 'merge' as const),
        worker: fc.constantFrom('a', 'b', 'c', 'd'),
        slot: fc.nat(12),
        computeMs: fc.oneof(fc.double({ min: 0, max: 5, noNaN: true }), fc.nat(200_000)),
        pacedMs: fc.nat(1_000),
        mergeMs: fc.nat(1_000),
        begin: fc.constant(3),
        end: fc.integer({ min: 4, max: 900 }),
        heldShare: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    }),
    fc.record({ do: fc.constant('unanswered' as const), ms: fc.nat(5_000) }),
  ),
  { maxLength: 300 },
);

it('whatever comes, the parts are whole, none is below 0, they add up, and all is bounded', () => {
  fc.assert(
    fc.property(steps, (all) => {
      let timing = NO_TIMING;
      for (const step of all) {
        if (step.do === 'pass') timing = withPassed(timing, step.ms, step.part);
        else if (step.do === 'result') timing = withComputed(timing, step.time);
        else timing = withUnanswered(timing, step.ms);
        const parts = Object.values(partsOf(timing));
        expect(parts.every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true);
        expect(sumOf(timing)).toBe(timing.ms);
      }
      const { line, busy } = timing;
      expect(line.rows.length).toBeLessThanOrEqual(ROWS_MAX);
      expect(Math.max(0, ...line.rows.map((row) => row.busy.length))).toBeLessThanOrEqual(STRETCHES_MAX);
      const shown = line.rows.reduce((sum, row) => sum + row.busy.reduce((of, ms) => of + ms, 0), 0);
      expect(shown).toBe(busy.computing + busy.merging + busy.pacing);
      expect(JSON.stringify(timing).length).toBeLessThan(16_000);
    }),
    { numRuns: 100 },
  );
});

it('one slot more than there are rows shares the last one, and nothing is lost', () => {
  let timing = NO_TIMING;
  for (let slot = 0; slot <= ROWS_MAX; slot += 1)
    timing = withComputed(withPassed(timing, 10, 'leasing'), aTime({ slot, computeMs: 10 }));
  expect(timing.line.rows).toHaveLength(ROWS_MAX);
  expect(timing.line.rows.at(-1)).toMatchObject({ worker: OTHER_SLOTS, chunks: 2 });
});
