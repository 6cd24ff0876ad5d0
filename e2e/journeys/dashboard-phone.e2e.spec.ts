/// <reference lib="dom" />
/** What a phone has in sight first, and that it is all there, in a real Chromium, of a gateway whose every answer the test decides. */
import { aJobFinished, aJobView, aKindRegistration } from '@manyhands/testkit';
import type { Locator, Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const width = 390;
beforeEach(() => page.setViewportSize({ width, height: 844 }));

const withGaps = (given: Parameters<typeof aJobView>[0] = {}) =>
  aJobView({
    ...{ status: 'completed', kind: 'scrape', params: { site: 'https://example.org/shop', depth: 3 } },
    ...{ total_chunks: 200, completed_chunks: 80, failed_chunks: 120, progress: 1, result: 80 },
    chunks: { done: [[0, 80]], leased: [], failed: [[80, 200]], coarse: false },
    ...given,
  });

async function boxOf(locator: Locator) {
  await locator.waitFor();
  return (await locator.boundingBox())!;
}

it('the filters of the history are behind one button, which states what is chosen', async () => {
  stage.finished = Array.from(
    { length: 8 },
    (_, at) => aJobFinished({ kind: 'primes', params: { n: at }, created_at: new Date().toISOString() }).job,
  );
  await page.goto(`${stage.baseUrl}/history`);
  const filters = page.getByRole('button', { name: 'Filters', exact: true });
  const status = page.getByRole('combobox', { name: 'Status' });
  expect((await boxOf(page.getByRole('heading', { name: 'Jobs a day' }))).y).toBeLessThan(420);
  expect(await status.isVisible()).toBe(false);
  await filters.click();
  await status.selectOption('Completed');
  await page.getByLabel('Tag').fill('team=web');
  await page.getByLabel('Tag').press('Enter');
  await page.waitForURL(/status=completed&tag=team%3Dweb$/);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'Filters, Completed, team=web' }).click();
  expect(await status.isVisible()).toBe(false);
  await page.getByText('Completed · team=web').waitFor();
});

it('the charts of the history stand beside each other, so that jobs are in sight, and nothing moves when they come', async () => {
  const created_at = new Date().toISOString();
  stage.finished = Array.from({ length: 8 }, (_, at) => aJobFinished({ kind: 'primes', params: { n: at }, created_at }).job);
  const answers: (() => void)[] = [];
  await page.route('**/v1/history/trends*', async (route) => {
    await new Promise<void>((answer) => answers.push(answer));
    await route.continue();
  });
  await page.goto(`${stage.baseUrl}/history`);
  const list = page.getByRole('region', { name: 'Finished jobs' });
  await list.getByText('primes').first().waitFor();
  const before = await boxOf(list);
  for (const answer of answers) answer();
  const charts = await Promise.all(
    ['Jobs a day', 'Failure share', 'Duration by kind'].map((name) => boxOf(page.getByRole('heading', { name }))),
  );
  expect(new Set(charts.map(({ y }) => Math.round(y))).size).toBe(1);
  const { y } = await boxOf(list.getByText('primes').first());
  expect(y).toBeLessThan(700);
  expect(Math.abs((await boxOf(list)).y - before.y)).toBeLessThan(20);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(await accessibilityProblems(page)).toEqual([]);
});

it('the picture of a group of failures stands beside what can be done with it', async () => {
  stage.letters = [
    {
      ...{ id: '1', job_id: aJobView().job_id, kind: 'scrape', begin: 0, end: 1, round: 0, runs: [] },
      ...{ error: { code: 'compute_failed', message: 'the shop is shut', retryable: false }, died_at: new Date().toISOString() },
    } as StagedGateway['letters'][number],
  ];
  await page.goto(`${stage.baseUrl}/failures`);
  const group = page.locator('main .card').first();
  const boxes = await Promise.all([
    ...['Requeue', 'Discard'].map((name) => boxOf(group.getByRole('button', { name: new RegExp(`^${name}: `) }))),
    boxOf(group.getByRole('img', { name: / died in the last 24 hours/ })),
  ]);
  const middles = boxes.map(({ y, height }) => y + height / 2);
  expect(Math.max(...middles) - Math.min(...middles)).toBeLessThan(2);
  expect(Math.min(...boxes.slice(0, 2).flatMap((box) => [box.width, box.height]))).toBeGreaterThanOrEqual(40);
});

it('what can be done with a job of many gaps is in one line, and each has its name', async () => {
  const job = withGaps();
  stage.show(job);
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  const names = ['Requeue 120 dead chunks', 'Share', 'Delete'].map((name) => page.getByRole('button', { name, exact: true }));
  const boxes = await Promise.all([...names, page.getByRole('link', { name: 'Run again' })].map(boxOf));
  expect(new Set(boxes.map(({ y }) => Math.round(y))).size).toBe(1);
  expect(Math.min(...boxes.flatMap((box) => [box.width, box.height]))).toBeGreaterThanOrEqual(40);
  expect(await accessibilityProblems(page)).toEqual([]);
});

it('a row of a job with gaps has room for its values, and its whole status for who listens', async () => {
  stage.show(withGaps());
  await page.goto(`${stage.baseUrl}/jobs`);
  const row = page.locator('main li').first();
  await row.getByText('Completed with gaps').waitFor();
  const badge = await boxOf(row.locator('.status'));
  expect(badge.width).toBeLessThan(110);
  expect((await boxOf(row.getByText('site https://example.org'))).width).toBeGreaterThan(90);
});

it('a kind of the operations is a brief block, and states what is unusual of it', async () => {
  stage.kinds = [
    aKindRegistration({ kind: 'sum', title: 'Sum' }),
    aKindRegistration({ kind: 'crawl', title: 'Crawl', version: 3, concurrency: 16 }),
  ];
  await page.goto(`${stage.baseUrl}/operations`);
  const rowOf = (kind: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: kind }) });
  const usual = rowOf('sum').first();
  expect((await boxOf(usual)).height).toBeLessThan(90);
  await usual.getByText('1 worker').waitFor();
  expect(await usual.getByText('per slot').isVisible()).toBe(false);
  const unusual = rowOf('crawl').first();
  await unusual.getByText('16', { exact: true }).waitFor();
  await unusual.getByText('3', { exact: true }).waitFor();
});

it('a list without jobs leads to each kind, and has the first as code', async () => {
  stage.kinds = [aKindRegistration({ kind: 'sum', title: 'Sum' }), aKindRegistration({ kind: 'primes', title: 'Count primes' })];
  await page.goto(`${stage.baseUrl}/jobs`);
  await page.getByRole('heading', { name: 'No jobs yet.' }).waitFor();
  await page.getByText(/curl -s .*\/v1\/jobs/).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('link', { name: /^Sum/ }).click();
  await page.getByLabel('What to compute').waitFor();
  expect(await page.getByLabel('What to compute').inputValue()).toBe('Sum');
});
