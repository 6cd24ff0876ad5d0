import { describe, expect, it } from 'vitest';
import { limits, ROUND_ATTEMPTS } from '@manyhands/proto';
import { RecentNames } from './unwanted-leases.ts';
import { isHandedBack, isLost, isSuspect } from './redelivery.ts';

describe('a lease handed over again', () => {
  it('counts as lost one past the limit', () => {
    expect(isLost(limits.deliveriesMax)).toBe(false);
    expect(isLost(limits.deliveriesMax + 1)).toBe(true);
  });

  it('is a suspect, and so is one whose coordinator says so; one whose chunks threw before is none', () => {
    const computing = (attempt: number) => ({ task: { op: 'compute' as const, begin: 0, end: 1, total: 1, attempt } });
    expect([
      isSuspect(computing(0), 1),
      isSuspect(computing(0), 2),
      isSuspect(computing(1), 1),
      isSuspect({ ...computing(1), suspect: true }, 1),
    ]).toEqual([false, true, false, true]);
  });

  it('is a suspect when it is a merge that failed before in this round', () => {
    const merging = (attempt: number) => ({ task: { op: 'merge' as const, inputs: [], attempt } });
    expect([isSuspect(merging(0), 1), isSuspect(merging(1), 1), isSuspect(merging(ROUND_ATTEMPTS), 1)]).toEqual([
      false,
      true,
      false,
    ]);
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
