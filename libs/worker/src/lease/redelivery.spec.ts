import { describe, expect, it } from 'vitest';
import { limits, ROUND_ATTEMPTS } from '@manyhands/proto';
import { RecentNames } from './recent-names.ts';
import { isHandedBack, isLost, isSuspect } from './redelivery.ts';

describe('a lease handed over again', () => {
  it('counts as lost one past the limit', () => {
    expect(isLost(limits.deliveriesMax)).toBe(false);
    expect(isLost(limits.deliveriesMax + 1)).toBe(true);
  });

  it('is a suspect, and so is one whose chunk failed before in this round', () => {
    expect([isSuspect(0, 1), isSuspect(0, 2), isSuspect(1, 1)]).toEqual([false, true, true]);
    expect([isSuspect(ROUND_ATTEMPTS, 1), isSuspect(ROUND_ATTEMPTS + 1, 1)]).toEqual([false, true]);
  });

  it('is handed over after a second of waiting, once', () => {
    expect([isHandedBack(999, false), isHandedBack(1_000, false), isHandedBack(60_000, true)]).toEqual([false, true, false]);
  });
});

it('remembers the newest names and forgets the oldest', () => {
  const names = new RecentNames(2);
  for (const name of ['a', 'b', 'a', 'c']) names.add(name);
  expect(['a', 'b', 'c'].map((name) => names.has(name))).toEqual([true, false, true]);
});
