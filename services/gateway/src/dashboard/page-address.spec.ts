import { expect, test } from 'vitest';
import { isPageAddress } from './page-address.ts';

test.each(['/', '/jobs', '/jobs/0198c0de', '/v10', '/apiary', '/operations/', '/docs', '/docs/operations/deploy', '/references'])(
  '%s is a page',
  (path) => {
    expect(isPageAddress(path)).toBe(true);
  },
);

test.each([
  '/v1',
  '/v1/',
  '/v1/jobs',
  '//v1/jobs',
  '//',
  '/reference',
  '/reference/x',
  '/redoc/x',
  '/_app/x',
  '/favicon.svg',
  '/a/b.js',
  '/metrics',
  '/ws',
])('%s is no page', (path) => {
  expect(isPageAddress(path)).toBe(false);
});
