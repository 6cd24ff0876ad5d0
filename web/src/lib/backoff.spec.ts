import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs', () => {
  it('starts at half a second and doubles', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, 0.5))).toEqual([500, 1000, 2000, 4000]);
  });

  it('never waits longer than 15 seconds and a quarter, however often it failed', () => {
    for (const attempt of [6, 20, 1000, 5000]) {
      expect(backoffMs(attempt, 0.5)).toBe(15_000);
      expect(backoffMs(attempt, 1)).toBe(18_750);
    }
  });

  it('spreads tabs over a quarter either way', () => {
    expect(backoffMs(3, 0)).toBe(1500);
    expect(backoffMs(3, 1)).toBe(2500);
  });

  it('treats a try before the first as the first', () => {
    expect(backoffMs(0, 0.5)).toBe(500);
  });
});
