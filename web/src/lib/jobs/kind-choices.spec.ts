import { expect, it } from 'vitest';
import type { KnownKind } from '../api.ts';
import { kindChoices, shownMost } from './kind-choices.ts';

const kind = (name: string, title: string, description = ''): KnownKind => ({
  kind: name,
  title,
  description,
  params_schema: {},
  example: {},
  default_chunks: 1,
});
const kinds = [kind('aggregate', 'Group by'), kind('primes', 'Count primes', 'Counts the primes up to n'), kind('sum', 'Sum')];
const namesOf = (recent: string[], text: string) =>
  kindChoices(kinds, recent, text).map(({ name, kinds: shown }) => [name, ...shown.map((each) => each.kind)]);

it('those used last come first, once, and those that are gone are left out', () => {
  expect(namesOf([], '')).toEqual([['All', 'aggregate', 'primes', 'sum']]);
  expect(namesOf(['sum', 'gone', 'aggregate'], ' ')).toEqual([
    ['Used last', 'sum', 'aggregate'],
    ['Others', 'primes'],
  ]);
});

it('a kind is found by its title, its name and its description', () => {
  expect(namesOf(['sum'], 'group')).toEqual([['Found', 'aggregate']]);
  expect(namesOf([], 'aggr')).toEqual([['Found', 'aggregate']]);
  expect(namesOf([], 'up to n')).toEqual([['Found', 'primes']]);
  expect(namesOf([], 'nothing')).toEqual([]);
});

it('however many there are, the list is bounded', () => {
  const many = Array.from({ length: 500 }, (_, at) => kind(`k${at}`, `Kind ${at}`));
  for (const text of ['', 'kind']) expect(kindChoices(many, [], text).flatMap((group) => group.kinds)).toHaveLength(shownMost);
});
