import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alphabetical } from './alphabetical.ts';

test('capital letters stand beside the others', () => {
  expect(['sum', 'Primes', 'map', 'Zeros', 'Map', 'map-2'].sort(alphabetical)).toEqual([
    'Map',
    'map',
    'map-2',
    'Primes',
    'sum',
    'Zeros',
  ]);
});

test('every two texts have one order, and only equal ones have none', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(alphabetical(one, other)).toBe(0 - alphabetical(other, one));
      expect(alphabetical(one, other) === 0).toBe(one === other);
    }),
  );
});
