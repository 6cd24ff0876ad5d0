import { describe, expect, it } from 'vitest';
import {
  compareAddress,
  csvAddress,
  historyAddress,
  historyFilterOf,
  periodStart,
  searchOf,
  type HistoryFilter,
} from './history-filter.ts';

const none: HistoryFilter = {
  ...{ status: null, kind: null, days: null, day: null, tag: null, error: null, seconds: null, tenant: null },
};

describe('the address of a filtered history', () => {
  it('is read back as it was written', () => {
    for (const filter of [
      none,
      { ...none, status: 'failed' as const },
      { ...none, kind: 'a b', days: 7 },
      { ...none, tag: 'team=a&b', error: 'disk = full', seconds: 60 },
      { ...none, tenant: '*' },
      { ...none, day: '2026-02-28' },
    ])
      expect(historyFilterOf(new URL(historyAddress(filter), 'http://here').searchParams)).toEqual(filter);
    expect(historyAddress(none)).toBe('/history');
  });

  it('ignores a status that no finished job has, and a period that is not offered', () => {
    expect(historyFilterOf(new URLSearchParams('status=running&kind=&days=8'))).toEqual(none);
    expect(historyFilterOf(new URLSearchParams('status=toString&days=-1'))).toEqual(none);
  });

  it('ignores what is no day of the calendar', () => {
    for (const day of ['2026-02-30', '2026-13-01', '2026-2-3', 'today', '+02026-01-01'])
      expect(historyFilterOf(new URLSearchParams({ day }))).toEqual(none);
  });

  it('a day is asked for from its beginning to the next one, in UTC, whatever the period', () => {
    expect(searchOf({ ...none, days: 7, day: '2026-02-28' }, 0)).toEqual({
      from: '2026-02-28T00:00:00.000Z',
      to: '2026-03-01T00:00:00.000Z',
    });
  });

  it('ignores a tag without a value, and a duration that is not offered', () => {
    expect(historyFilterOf(new URLSearchParams('tag=web&longer=59&error='))).toEqual(none);
  });

  it('is what the API is asked for, page by page and as a file', () => {
    const nowMs = Date.parse('2026-11-28T06:30:00Z');
    const filter: HistoryFilter = {
      ...none,
      status: 'failed',
      kind: 'sum',
      days: 7,
      tag: 'team=web',
      error: 'disk',
      seconds: 60,
    };
    expect(searchOf(filter, nowMs)).toEqual({
      status: 'failed',
      kind: 'sum',
      from: '2026-11-21T06:30:00.000Z',
      tag: 'team=web',
      error: 'disk',
      longer_than: 60,
    });
    expect(csvAddress(none, nowMs)).toBe('/v1/history/csv');
    expect(csvAddress({ ...none, tenant: '*' }, nowMs)).toBe('/v1/history/csv?tenant=*');
    expect(csvAddress({ ...none, tag: 'team=a&b' }, nowMs)).toBe('/v1/history/csv?tag=team%3Da%26b');
  });

  it('two runs have one address with both, or with one while the other is to be chosen', () => {
    expect(compareAddress('x', 'y', null)).toBe('/history/compare?a=x&b=y');
    expect(compareAddress('x', null, 'u 1')).toBe('/history/compare?a=x&tenant=u+1');
  });

  it('a period begins so many days before now', () => {
    expect(periodStart(7, Date.parse('2026-11-28T06:30:00Z'))).toBe('2026-11-21T06:30:00.000Z');
    expect(periodStart(null, 0)).toBeNull();
  });
});
