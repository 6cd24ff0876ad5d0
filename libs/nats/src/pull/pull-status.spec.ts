import { expect, it } from 'vitest';
import { readPullStatus } from './pull-status.ts';

it.each([
  [404, false, 'empty'],
  [408, false, 'empty'],
  [408, true, 'expired'],
  [409, true, 'refused'],
  [503, false, 'refused'],
  [100, true, 'alive'],
] as const)('status %i to a request that waits: %s means %s', (code, waited, meaning) => {
  expect(readPullStatus(code, waited)).toBe(meaning);
});
