import { expect, test } from 'vitest';
import { byteRangeOf } from './byte-range.ts';

test.each([
  ['bytes=0-0', { from: 0, bytes: 1 }],
  ['bytes=0-9', { from: 0, bytes: 10 }],
  ['bytes=3-', { from: 3, bytes: 7 }],
  ['bytes=9-9', { from: 9, bytes: 1 }],
  ['bytes=5-99', { from: 5, bytes: 5 }],
  ['bytes=-4', { from: 6, bytes: 4 }],
  ['bytes=-99', { from: 0, bytes: 10 }],
  ['bytes= 2 - 3', { from: 2, bytes: 2 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=10-12', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=4-3', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,4-5', undefined],
  ['items=0-1', undefined],
  ['bytes=a-b', undefined],
  ['bytes=1e3-', undefined],
  [`bytes=${'9'.repeat(16)}-`, undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('%s of ten bytes is %j', (header, range) => {
  expect(byteRangeOf(header, 10)).toEqual(range);
});

test('of nothing there is no range', () => {
  expect(byteRangeOf('bytes=0-', 0)).toBe('unsatisfiable');
  expect(byteRangeOf('bytes=-5', 0)).toBe('unsatisfiable');
});
