/// <reference lib="dom" />
/** The page of finished jobs, in a real Chromium, of a gateway whose every answer the test decides. */
import { join } from 'node:path';
import { aJobFinished, aKindRegistration, aWorkerHeartbeat, eventually } from '@manyhands/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { accessibilityProblems, openBrowser } from '../fixture/browser.ts';
import { stageGateway, type StagedGateway } from '../fixture/staged-gateway.ts';
import { repository } from '../fixture/system.ts';

const screenshots = join(repository, '.reports/screenshots');

let browser: Browser;
let stage: StagedGateway;
const pages: Page[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
beforeEach(async () => {
  stage = await stageGateway();
  stage.kinds = [aKindRegistration(), aKindRegistration({ kind: 'primes' })];
  stage.workers = [aWorkerHeartbeat()];
});
afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.close()));
  await stage.stop();
});
afterAll(() => browser?.close());

async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  pages.push(page);
  await page.goto(stage.baseUrl + path);
  return page;
}

/** Newest last; the first of them is forty days old, and the last one from now. */
function finishedJobs(count: number) {
  const dayMs = 24 * 3_600_000;
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.now() - Math.round(((count - 1 - index) / Math.max(1, count - 1)) * 40 * dayMs)).toISOString();
    return aJobFinished({
      job_id: `0199${String(index).padStart(4, '0')}-0000-7000-8000-000000000000`,
      kind: index % 3 === 0 ? 'primes' : 'sum',
      params: { n: index },
      created_at: at,
      finished_at: at,
      duration_sec: 1.5,
      workers: { 'worker-a': 5, 'worker-b': 3 },
      ...(index % 4 === 1
        ? {
            status: 'failed' as const,
            result: null,
            error: { code: 'compute_failed', message: 'the number is too large', retryable: true },
            completed_chunks: 7,
            failed_chunks: 1,
          }
        : { result: index * 1_000 }),
    }).job;
  });
}

it('shows finished jobs, newest first, and all that is kept of one on demand', async () => {
  stage.finished = finishedJobs(6);
  const page = await open('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'History' }).click();
  await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
  const rows = page.locator('main li');
  await page.getByText('n 5', { exact: true }).waitFor();
  expect(await rows.count()).toBe(6);
  expect(await rows.first().innerText()).toContain('the number is too large');
  await rows.nth(1).getByRole('button').click();
  await rows.nth(1).getByText('worker-a (5), worker-b (3)').waitFor();
  expect(await rows.nth(1).getByRole('region', { name: 'Result' }).innerText()).toBe('4,000');
  await rows.first().getByRole('button').click();
  await rows.first().getByText('7 of 8 done, 1 dead').waitFor();
});

it('leads to what is kept of a job that is stored no longer', async () => {
  const [, job] = finishedJobs(2);
  stage.finished = [job!];
  const round = { status: 'failed' as const, error: job!.error, detail: null, completed_chunks: 7, failed_chunks: 1, retries: 2 };
  const atMs = (ms: number) => new Date(Date.parse(job!.finished_at!) + ms).toISOString();
  stage.kept = {
    job: job!,
    rounds: [{ round: 0, ...round, finished_at: job!.finished_at, duration_sec: 1.5 }],
    failures: [{ begin: 3, end: 4, round: 0, error: job!.error!, runs: [], died_at: atMs(0) }],
    lines: [{ at: atMs(-5), level: 'warn', message: 'slow today', chunk: 3, attempt: 1, worker: 'worker-a' }],
    failure_count: 120,
    line_count: 1,
  };
  const page = await open('/history');
  await page.locator('main li').first().getByRole('button').click();
  await page.getByRole('link', { name: job!.job_id }).click();
  await page.getByRole('heading', { level: 1, name: job!.kind }).waitFor();
  await page.getByText('this is what the history keeps').waitFor();
  await page.getByText('7 of 8 chunks done, 1 dead, 2 retries').waitFor();
  expect(await page.getByRole('region', { name: 'What failed' }).innerText()).toContain('The newest 1 of 120.');
  expect(await page.getByRole('region', { name: 'Lines of the log' }).innerText()).toContain('slow today');
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('link', { name: 'Run again' }).click();
  await page.waitForURL('**/new?kind=*');
  stage.kept = null;
  await page.goto(`${stage.baseUrl}/jobs/${job!.job_id}`);
  await page.getByRole('heading', { name: 'No such job' }).waitFor();
});

it('filters by status, kind and time, and the address holds the filters', async () => {
  stage.finished = finishedJobs(9);
  const page = await open('/history');
  await page.getByText('n 8', { exact: true }).waitFor();
  const choose = (label: string, option: string) => page.getByRole('combobox', { name: label }).selectOption(option);
  await choose('Status', 'Failed');
  await page.waitForURL('**/history?status=failed');
  const isListed = (count: number) => eventually(async () => expect(await page.locator('main li').count()).toBe(count));
  await isListed(2);
  await choose('Submitted', 'Last 24 hours');
  await page.getByText('No finished job fits these filters.').waitFor();
  await page.getByRole('link', { name: 'Show all finished jobs' }).click();
  await page.waitForURL('**/history');
  await choose('Kind', 'primes');
  await page.waitForURL('**/history?kind=primes');
  await isListed(3);
});

it('finds jobs by tag and by a word of their error, and has them as a file', async () => {
  stage.finished = finishedJobs(9).map((job, index) => ({ ...job, ...(index === 3 && { tags: { team: 'web' } }) }));
  const page = await open('/history');
  await page.getByText('n 8', { exact: true }).waitFor();
  const isListed = (count: number) => eventually(async () => expect(await page.locator('main li').count()).toBe(count));
  await page.getByLabel('Tag').fill('web');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('Write a name and a value, like team=web.').waitFor();
  await page.getByLabel('Tag').fill('team=web');
  await page.getByLabel('Tag').press('Enter');
  await page.waitForURL('**/history?tag=team%3Dweb');
  await isListed(1);
  expect(await page.getByRole('link', { name: 'CSV' }).getAttribute('href')).toBe('/v1/history/csv?tag=team%3Dweb');
  await page.getByLabel('Tag').fill('');
  await page.getByLabel('Error contains').fill('too large');
  await page.getByLabel('Error contains').press('Enter');
  await page.waitForURL('**/history?error=too+large');
  await isListed(2);
});

it('older jobs come with a click, each once', async () => {
  stage.finished = finishedJobs(120);
  const page = await open('/history');
  await page.getByText('n 119', { exact: true }).waitFor();
  for (const count of [50, 100]) {
    expect(await page.locator('main li').count()).toBe(count);
    await page.getByRole('button', { name: 'Show older jobs' }).click();
    await page.getByText(`n ${119 - count}`, { exact: true }).waitFor();
  }
  expect(await page.locator('main li').count()).toBe(120);
  expect(await page.getByRole('button', { name: 'Show older jobs' }).count()).toBe(0);
});

it('says that nothing has finished, and what is wrong while the metrics service is away', async () => {
  const page = await open('/history');
  await page.getByText('No job has finished yet.').waitFor();
  stage.finished = null;
  await page.reload();
  await page.getByRole('alert').getByText('the metrics service does not answer').waitFor();
  stage.finished = finishedJobs(1);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('n 0', { exact: true }).waitFor();
});

it.each((['dark', 'light'] as const).flatMap((mode) => [1440, 390].map((width) => [mode, width] as const)))(
  'is accessible and keeps to its width: %s, %i px',
  async (mode, width) => {
    stage.finished = [
      ...finishedJobs(8),
      aJobFinished({ job_id: '01999999-0000-7000-8000-000000000000', params: { name: 'x'.repeat(300) }, result: 'y'.repeat(600) })
        .job,
    ];
    const page = await open('/history', { viewport: { width, height: 844 }, colorScheme: mode });
    await page.evaluate((wanted) => localStorage.setItem('mode-watcher-mode', wanted), mode);
    await page.reload();
    await page.waitForFunction((wanted) => document.documentElement.classList.contains('dark') === (wanted === 'dark'), mode);
    await page.getByText('n 7', { exact: true }).waitFor();
    await page.locator('main li').first().getByRole('button').click();
    await page.getByRole('region', { name: 'Result' }).waitFor();
    await page.screenshot({ path: join(screenshots, `history-${width}-${mode}.png`), fullPage: true });
    expect(await accessibilityProblems(page)).toEqual([]);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways).toBeLessThanOrEqual(0);
  },
);
