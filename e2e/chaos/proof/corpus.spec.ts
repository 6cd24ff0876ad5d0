import { expect, it } from 'vitest';
import { Random } from '../../simulation/random.ts';
import { damaged, isReadable, READABLE, someJson, UNREADABLE } from './corpus.ts';

it.each(READABLE.map((text) => [text.slice(0, 40), text]))('%s is readable', (_, text) => {
  expect(isReadable(text)).toBe(true);
});

it.each(UNREADABLE.map((text) => [text.slice(0, 40), text]))('%s is not', (_, text) => {
  expect(isReadable(text)).toBe(false);
});

it('what the fuzzer makes is JSON, the same for the same seed, and damage nearly always breaks it', () => {
  const random = new Random(7);
  const texts = Array.from({ length: 500 }, () => someJson(random));
  expect(texts.filter((text) => !isReadable(text))).toEqual([]);
  expect(someJson(new Random(7))).toBe(texts[0]);
  expect(texts.filter((text) => isReadable(damaged(random, text))).length).toBeLessThan(250);
});
