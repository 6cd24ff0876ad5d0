import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDeeperThan } from './nesting.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

it('is as deep as its arrays and objects are inside each other, whatever its texts hold', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom('[', '{', '"', '\\', ']', 'a') }),
      fc.nat({ max: 8 }),
      (value, most) => {
        expect(isDeeperThan(JSON.stringify(value), most)).toBe(depthOf(value) > most);
      },
    ),
  );
});

it('one more than may be is too deep', () => {
  const nested = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
  expect([
    isDeeperThan(nested(500), 500),
    isDeeperThan(nested(502), 500),
    isDeeperThan('['.repeat(501) + ']'.repeat(501), 500),
  ]).toEqual([false, true, true]);
});
