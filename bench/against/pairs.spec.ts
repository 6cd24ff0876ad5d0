import { expect, it } from 'vitest';
import { compared } from './pairs.ts';

it('a minute in which the machine is slow hits both of a pair, and changes no ratio', () => {
  const pairs = [
    { before: 100, now: 90 },
    { before: 10, now: 9 },
    { before: 1_000, now: 900 },
  ];
  expect(compared(pairs)).toEqual({ before: 100, now: 90, ratio: 0.9 });
});

it('what took nothing before has no ratio', () => {
  expect(
    compared([
      { before: 0, now: 5 },
      { before: 10, now: 20 },
    ]).ratio,
  ).toBe(2);
  expect(compared([{ before: 0, now: 5 }]).ratio).toBeNaN();
});
