import { describe, expect, it } from 'vitest';
import { historyAddress, historyFilterOf, periodStart, type HistoryFilter } from './history-filter.ts';

const none: HistoryFilter = { status: null, kind: null, days: null };

describe('the address of a filtered history', () => {
  it('is read back as it was written', () => {
    for (const filter of [none, { ...none, status: 'failed' as const }, { ...none, kind: 'a b', days: 7 }])
      expect(historyFilterOf(new URL(historyAddress(filter), 'http://here').searchParams)).toEqual(filter);
    expect(historyAddress(none)).toBe('/history');
  });

  it('ignores a status that no finished job has, and a period that is not offered', () => {
    expect(historyFilterOf(new URLSearchParams('status=running&kind=&days=8'))).toEqual(none);
    expect(historyFilterOf(new URLSearchParams('status=toString&days=-1'))).toEqual(none);
  });

  it('a period begins so many days before now', () => {
    expect(periodStart(7, Date.parse('2026-11-28T06:30:00Z'))).toBe('2026-11-21T06:30:00.000Z');
    expect(periodStart(null, 0)).toBeNull();
  });
});
