import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './event-consumer.ts';

describe('retryDelayMs', () => {
  it('doubles from one second up to one minute', () => {
    expect([1, 2, 3, 7, 8, 100].map((delivery) => retryDelayMs(delivery, () => 0.5))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('spreads by a quarter either way', () => {
    expect(retryDelayMs(1, () => 0)).toBe(750);
    expect(retryDelayMs(1, () => 1)).toBe(1_250);
  });
});
