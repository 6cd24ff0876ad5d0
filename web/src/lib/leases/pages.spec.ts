import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { limits } from '@manyhands/proto/limits';
import { expect, it } from 'vitest';
import { newestPages } from './pages.ts';

const page = (first: number, count: number) => ({ first, leases: Array.from({ length: count }, () => ({}) as AnsweredLease) });

it('keeps the fuller of two of one page, in order, whichever came later', () => {
  const pages = newestPages([page(100, 3)], [page(0, 100), page(100, 5), page(100, 4)]);
  expect(pages.map(({ first, leases }) => [first, leases.length])).toEqual([
    [0, 100],
    [100, 5],
  ]);
});

it('leaves out what is kept no longer', () => {
  const many = Array.from({ length: limits.leasesKeptMax / limits.leasesPageMax + 1 }, (_, at) =>
    page(at * limits.leasesPageMax, 1),
  );
  expect(newestPages([], many).map(({ first }) => first)[0]).toBe(limits.leasesPageMax);
});
