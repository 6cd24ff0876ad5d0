import { expect, it } from 'vitest';
import { noFilter } from './filter-address.ts';
import { nameOf, readViews, savedViewsMax, withView } from './view-names.ts';

it('a view is named by what it filters by', () => {
  expect(nameOf({ status: 'failed', kind: 'scrape', tag: 'team=web', text: ' 503 ' })).toBe('Failed · scrape · team=web · 503');
  expect(nameOf(noFilter)).toBe('');
});

it('one of the same name or address is replaced, and no more are kept than a row shows', () => {
  const one = { name: 'a', address: '/jobs?kind=a' };
  expect(withView([one], { name: 'a', address: '/jobs?kind=b' })).toHaveLength(1);
  expect(withView([one], { name: 'b', address: one.address })).toEqual([{ name: 'b', address: one.address }]);
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `${index}`, address: `/jobs?text=${index}` }));
  const kept = many.reduce<typeof many>((views, view) => withView(views, view), []);
  expect([kept.length, kept.at(-1)]).toEqual([savedViewsMax, many.at(-1)]);
});

it('what a browser kept is read as far as it is one, and leads nowhere else', () => {
  const good = { name: 'Failed', address: '/jobs?status=failed' };
  expect(readViews(JSON.stringify([good, null, 7, { name: 'x' }, { name: ' ', address: good.address }]))).toEqual([good]);
  expect(readViews(JSON.stringify([{ name: 'away', address: 'https://elsewhere.example/?status=failed' }]))).toEqual([
    { name: 'away', address: '/jobs?status=failed' },
  ]);
  expect([readViews(null), readViews('{'), readViews('{}'), readViews('[{"name":"all","address":"/jobs"}]')]).toEqual([
    [],
    [],
    [],
    [],
  ]);
});
