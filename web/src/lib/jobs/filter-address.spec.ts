import { expect, it } from 'vitest';
import { filterAddress, filterOf, noFilter, searchOf, type ListFilter } from './filter-address.ts';

const full: ListFilter = { status: 'failed', kind: 'sum', tag: 'team=a&b', text: '503  scrape ' };

it('the address of a filtered list is read back as it was written, also with a job beside it', () => {
  for (const filter of [noFilter, full, { ...noFilter, kind: 'primes' }, { ...noFilter, text: 'a=b&c' }]) {
    expect(filterOf(new URL(filterAddress(filter), 'http://here').searchParams)).toEqual(filter);
    const beside = new URL(filterAddress(filter, 'id'), 'http://here').searchParams;
    expect([filterOf(beside), beside.get('job')]).toEqual([filter, 'id']);
  }
  expect(filterAddress(noFilter)).toBe('/jobs');
});

it('what means nothing filters nothing', () => {
  expect(filterOf(new URLSearchParams('status=done&kind=&tag=&text=%20'))).toEqual(noFilter);
  expect(filterOf(new URLSearchParams('status=toString'))).toEqual(noFilter);
  expect(searchOf(noFilter)).toEqual({});
});

it('a text is no longer than the API takes', () => {
  expect(filterOf(new URLSearchParams({ text: 'x'.repeat(200) })).text).toHaveLength(100);
});
