import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageFileOf, pageFilesIn } from './page-file.ts';

const files = new Set(['index', 'jobs', 'jobs/_', 'docs/__', 'new']);

test.each([
  ['/', 'index'],
  ['/jobs', 'jobs'],
  ['/jobs/', 'jobs'],
  ['/jobs/0198c0de', 'jobs/_'],
  ['/new', 'new'],
  ['/docs', 'docs/__'],
  ['/docs/tour', 'docs/__'],
  ['/docs/operations/deploy', 'docs/__'],
])('%s has the page %s', (path, name) => {
  expect(pageFileOf(path, files)).toBe(name);
});

test.each(['/nothing', '/jobs/1/2', '/new/more', '/../secret', `/docs${'/x'.repeat(5_000)}`])('no page is for %.20s', (path) => {
  expect(pageFileOf(path, files)).toBeUndefined();
});

test('the pages of a build are known by their names, and none where there is no build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-web-'));
  expect([...pageFilesIn(folder)]).toEqual([]);
  mkdirSync(join(folder, 'pages/jobs'), { recursive: true });
  for (const file of ['index.html', 'index.html.br', 'jobs/_.html']) writeFileSync(join(folder, 'pages', file), '');
  expect([...pageFilesIn(folder)].toSorted()).toEqual(['index', 'jobs/_']);
  rmSync(folder, { recursive: true });
});
