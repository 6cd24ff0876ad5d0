import { expect, test } from 'vitest';
import { isOwnOrigin } from './own-origin.ts';

test.each([
  [undefined, 'here:8000', true],
  ['http://here:8000', 'here:8000', true],
  ['https://here:8000', 'here:8000', true],
  ['http://HERE:8000', 'here:8000', true],
  ['http://here', 'here:80', true],
  ['http://here:8001', 'here:8000', false],
  ['http://elsewhere:8000', 'here:8000', false],
  ['http://here.elsewhere', 'here', false],
  ['null', 'here', false],
  ['http://here', undefined, false],
  ['https://friend.example', 'here', true],
  ['https://friend.example.evil', 'here', false],
])('a page of %s at host %s is let in: %s', (origin, host, isLetIn) => {
  expect(isOwnOrigin(origin, host, ['https://friend.example'])).toBe(isLetIn);
});
