import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AHEAD_MS, reserve } from './gcra.ts';

const present = (next_at_ms: number, per_sec = 50) => ({ next_at_ms, per_sec });

describe('a reservation', () => {
  it('begins a moment from now under a new name, and takes as many calls as are wanted', () => {
    expect(reserve(undefined, 1_000, 50, 3)).toEqual({
      is: 'reserved',
      firstAtMs: 1_020,
      everyMs: 20,
      count: 3,
      nextAtMs: 1_080,
    });
  });

  it('takes a second of the rate at most, and one call at least', () => {
    expect(reserve(undefined, 0, 50, 1_000)).toMatchObject({ count: 50 });
    expect(reserve(undefined, 0, 0.1, 1_000)).toMatchObject({ count: 1, everyMs: 10_000 });
  });

  it('goes on where the last one ended', () => {
    expect(reserve(present(1_300), 1_000, 50, 1)).toMatchObject({ firstAtMs: 1_300, nextAtMs: 1_320 });
  });

  it('waits while enough is given out, whatever the interval', () => {
    expect(reserve(present(1_000 + AHEAD_MS + 1), 1_000, 50, 1)).toEqual({ is: 'later', inMs: 1 });
    expect(reserve(present(11_000, 0.1), 1_000, 0.1, 1)).toEqual({ is: 'later', inMs: 9_500 });
  });

  it('does not wait for a time that only a wrong clock can have written', () => {
    expect(reserve(present(3_600_000), 1_000, 50, 1)).toMatchObject({ is: 'reserved', firstAtMs: 1_020 });
  });
});

/** Workers that each ask at times of their own, one after the other as compare-and-set makes them. */
const asks = fc.array(
  fc.record({ afterMs: fc.double({ min: 0, max: 1_500, noNaN: true }), wanted: fc.integer({ min: 1, max: 500 }) }),
  { maxLength: 60 },
);
const rate = fc.double({ min: 0.5, max: 1_000, noNaN: true });

function callsOf(perSec: number, all: readonly { afterMs: number; wanted: number }[]) {
  let nowMs = 0;
  let state: { next_at_ms: number; per_sec: number } | undefined;
  const calls: { atMs: number; givenAtMs: number }[] = [];
  for (const { afterMs, wanted } of all) {
    nowMs += afterMs;
    const reservation = reserve(state, nowMs, perSec, wanted);
    if (reservation.is === 'later') continue;
    const { firstAtMs, everyMs, count, nextAtMs } = reservation;
    for (let call = 0; call < count; call += 1) calls.push({ atMs: firstAtMs + call * everyMs, givenAtMs: nowMs });
    state = { next_at_ms: nextAtMs, per_sec: perSec };
  }
  return { calls, nowMs };
}

describe('however workers ask', () => {
  it('no second holds more calls than the rate allows', () => {
    fc.assert(
      fc.property(rate, asks, (perSec, all) => {
        const { calls } = callsOf(perSec, all);
        const allowed = Math.ceil(perSec);
        for (let at = allowed; at < calls.length; at += 1)
          expect(calls[at]!.atMs - calls[at - allowed]!.atMs).toBeGreaterThanOrEqual(1_000 - 1e-6);
      }),
    );
  });

  it('nothing is due in the past, nor given out more than a second’s worth and half a second ahead', () => {
    fc.assert(
      fc.property(rate, asks, (perSec, all) => {
        for (const { atMs, givenAtMs } of callsOf(perSec, all).calls) {
          expect(atMs).toBeGreaterThan(givenAtMs);
          expect(atMs - givenAtMs).toBeLessThanOrEqual(AHEAD_MS + 1_000);
        }
      }),
    );
  });

  it('with calls waiting all the time the whole rate is used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 4 }), (perSec, workers) => {
        const { calls, nowMs } = callsOf(
          perSec,
          Array.from({ length: 400 * workers }, () => ({ afterMs: 100 / workers, wanted: 10_000 })),
        );
        expect(calls.filter(({ atMs }) => atMs <= nowMs).length).toBeGreaterThanOrEqual((perSec * (nowMs - 140)) / 1_000 - 1);
      }),
      { numRuns: 30 },
    );
  });
});
