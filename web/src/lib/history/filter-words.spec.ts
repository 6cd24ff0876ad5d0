import { expect, it } from 'vitest';
import { filterWords } from './filter-words.ts';
import { historyFilterOf } from './history-filter.ts';

const wordsOf = (query: string) => filterWords(historyFilterOf(new URLSearchParams(query)));

it('no filter has no words', () => {
  expect(wordsOf('')).toEqual([]);
});

it('each filter has words, in the order of the fields', () => {
  expect(wordsOf('tenant=*&error=timeout&tag=team=web&longer=60&days=7&kind=primes&status=failed')).toEqual([
    'Failed',
    'primes',
    'Last 7 days',
    '1 min or longer',
    'team=web',
    '“timeout”',
    'All users',
  ]);
});

it('a day is named in the place of the period, and one user by the name', () => {
  expect(wordsOf('day=2026-11-28&days=7&tenant=team-b')).toEqual(['Nov 28, UTC', 'team-b']);
});
