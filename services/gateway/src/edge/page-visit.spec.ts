import { expect, test } from 'vitest';
import { isPageVisit, visitedPath, visitTarget } from './page-visit.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

test.each([
  ['GET', '/jobs', browser, true],
  ['HEAD', '/jobs/0198c0de', browser, true],
  ['GET', '/jobs', '*/*', false],
  ['GET', '/jobs', undefined, false],
  ['GET', '/jobs', 'application/json, text/plain, */*', false],
  ['POST', '/jobs', browser, false],
  ['GET', '/jobs/dead-letter/list', browser, false],
  ['GET', '/v1/jobs', browser, false],
])('%s %s with Accept: %s is a visit to a page: %s', (method, path, accept, isVisit) => {
  expect(isPageVisit(method, path, accept)).toBe(isVisit);
});

test.each(['/jobs', '/jobs/0198c0de', '/', '/pagesetter'])(
  'the dashboard knows that %s was visited, sent there or not',
  (path) => {
    expect(visitedPath(visitTarget(path))).toBe(path);
    expect(visitedPath(path)).toBe(path);
  },
);
