import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundIn } from './found.ts';

const entries = [
  { name: 'History' },
  { name: 'Count primes', beside: 'primes' },
  { name: 'primes', beside: '2c3d7426 · Running · n 10,000' },
  { name: 'scrape', beside: '2c3d6686 · Completed with gaps · site https://example.org', also: '0199-7d44' },
];
const names = (text: string, most = 9) => foundIn(entries, text, most).map(({ name }) => name);

describe('foundIn', () => {
  it.each([
    ['prim', ['Count primes', 'primes']],
    ['running PRIMES', ['primes']],
    ['6686', ['scrape']],
    ['example.org', ['scrape']],
    ['running scrape', []],
    ['0199-7D44', ['scrape']],
    ['', ['History', 'Count primes', 'primes', 'scrape']],
  ])('%s', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('has names before what stands beside them, and starts of words before their middles', () => {
    expect(foundIn([{ name: 'x', beside: 'ab' }, { name: 'cab' }, { name: 'c ab' }], 'ab', 9).map(({ name }) => name)).toEqual([
      'c ab',
      'x',
      'cab',
    ]);
  });

  it('gives no more than asked for, and only what was there', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), beside: fc.string() })), fc.string(), fc.nat(5), (all, text, most) => {
        const found = foundIn(all, text, most);
        expect(found.length).toBeLessThanOrEqual(most);
        expect(found.every((each) => all.includes(each))).toBe(true);
      }),
    );
  });
});
