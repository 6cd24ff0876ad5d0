import { expect, it } from 'vitest';
import { providerFailure } from './provider-failure.ts';

it.each(['declined', 'late', 'away', 'refused', 'disabled'])('%s is a sentence', (why) => {
  expect(providerFailure(why)).toMatch(/^[A-Z].*\.$/);
});

it.each([null, '', 'ended', 'constructor', '__proto__'])('%j is none', (why) => {
  expect(providerFailure(why)).toBeNull();
});
