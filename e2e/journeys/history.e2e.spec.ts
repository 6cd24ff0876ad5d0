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

it('says how much a job left that history does not keep', async () => {
  const [large, many] = finishedJobs(2).map((job) => ({ ...job, status: 'completed' as const, error: null, result: null }));
  stage.finished = [
    { ...large!, stored: { name: 'o-m1-x', from: 0, bytes: 3_000_000 } },
    { ...many!, output: 'lines', completed_chunks: 12, failed_chunks: 0 },
  ];
  const page = await open('/history');
  const rows = page.locator('main li');
  await rows.filter({ hasText: '12 lines' }).waitFor();
  await rows.filter({ hasText: '3.0 MB' }).getByRole('button').click();
  await rows.filter({ hasText: '3.0 MB' }).getByText('Priority').waitFor();
  expect((await rows.allInnerTexts()).join(' ')).not.toContain('null');
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

it('shows how the jobs of each day went, in charts and in figures, and a day or a kind leads to its jobs', async () => {
  stage.finished = finishedJobs(9);
  const page = await open('/history');
  const charts = page.getByRole('region', { name: 'Over time' });
  await charts.getByText(/^From .* 7 completed, 0 cancelled, 2 failed; most on .*, 1\.$/).waitFor();
  await charts.getByText('22 % of those that completed or failed, all days together').waitFor();
  await charts.getByText('p50 1.50 s · p95 1.50 s').first().waitFor();
  await charts.getByRole('button', { name: 'The same as a table' }).click();
  // Forty days of the ninety that there may be have a job; the oldest one is the first that is drawn.
  const bars = charts.locator('svg').first().locator('a');
  expect(await bars.count()).toBe(41);
  await charts.getByText(/^The charts begin on \w{3} \d+: the 49 days before it had no job to draw\.$/).waitFor();
  const days = charts.getByRole('group', { name: 'Jobs by day' }).getByRole('row');
  expect(await days.count()).toBe(1 + 9);
  expect((await days.nth(1).innerText()).split(/\s+/).slice(2)).toEqual(['1', '0', '0', '0', '%', '8']);
  expect(await accessibilityProblems(page)).toEqual([]);
  const isListed = (count: number) => eventually(async () => expect(await page.locator('main li').count()).toBe(count));
  await days.nth(4).getByRole('link').click();
  await page.waitForURL(/\/history\?day=\d{4}-\d{2}-\d{2}$/);
  await isListed(1);
  // All days stay in the charts, and the chosen one among them.
  expect(await days.count()).toBe(1 + 9);
  await page.getByRole('button', { name: /, UTC: show all days$/ }).click();
  await page.waitForURL('**/history');
  await isListed(9);
  const bar = charts.locator('svg a').last();
  await bar.click();
  await page.waitForURL(`**/history?day=${new Date().toISOString().slice(0, 10)}`);
  await isListed(1);
  await page.getByText('n 8', { exact: true }).waitFor();
  await bar.click();
  await page.waitForURL('**/history');
  await charts.getByRole('group', { name: 'Jobs by kind' }).getByRole('link', { name: 'primes' }).click();
  await page.waitForURL('**/history?kind=primes');
  await isListed(3);
  await eventually(async () => expect(await days.count()).toBe(1 + 3));
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
  await page.getByText(/^Here will be, for each day: how many jobs ended and how/).waitFor();
  stage.finished = null;
  await page.reload();
  await page.getByRole('alert').getByText('the metrics service does not answer').waitFor();
  await page.getByText(/^The charts cannot be shown\. .*metrics service/).waitFor();
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

it('compares two runs of a kind, and the address holds both', async () => {
  const jobs = finishedJobs(6);
  jobs[2] = { ...jobs[2]!, duration_sec: 3, total_chunks: 16, completed_chunks: 16 };
  jobs[4] = { ...jobs[4]!, params: { n: 4, most: 1_234_567_890 } };
  stage.finished = jobs;
  const nothing = { rounds: [], failures: [], lines: [], failure_count: 0, line_count: 0 };
  // Its time was measured: the profile has the figures.
  stage.kept = jobs.map((job, index) => ({ job, ...nothing, ...(index === 4 && { timing: {} as never }) }));
  stage.profile = {
    ...{ job_id: jobs[4]!.job_id, status: 'completed', measured_sec: 1.6, cause: 'none', advice: '', saved_by_slot_sec: 0 },
    parts: [{ part: 'computing', sec: 1.5, what: 'computing' }],
    ...{ slots: { live: 4, used: 3, busy_sec: 4 }, chunk_sec: null, stragglers: [], timeline: { stretch_sec: 1, rows: [] } },
  };
  const page = await open('/history');
  const isAccessible = async () => {
    expect(await accessibilityProblems(page)).toEqual([]);
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await eventually(async () => expect(await sideways(), `${width} px`).toBeLessThanOrEqual(0));
    }
  };
  await page.locator('main li').nth(1).getByRole('button').click();
  await page.getByRole('link', { name: 'Compare with another run' }).click();
  await page.waitForURL(`**/history/compare?a=${jobs[4]!.job_id}`);
  const others = page.getByRole('list', { name: 'Finished jobs of this kind' }).getByRole('listitem');
  await others.nth(2).waitFor();
  expect(await others.count()).toBe(3);
  await isAccessible();
  await others.filter({ hasText: 'n 2' }).click();
  await page.waitForURL(`**/history/compare?a=${jobs[4]!.job_id}&b=${jobs[2]!.job_id}`);
  await page.getByText('The first was 2.0 × as fast: 1.50 s instead of 3.00 s. Their results differ.').waitFor();
  const rowOf = async (name: string) =>
    (await page.getByRole('row', { name }).innerText()).split('\t').map((cell) => cell.trim());
  expect(await rowOf('Worked on for')).toEqual(['Worked on for', '1.50 s', '3.00 s']);
  expect(await rowOf('Slots at once')).toEqual(['Slots at once', '3 of 4', '–']);
  expect(await page.getByRole('table', { name: 'What was asked' }).getByRole('row').allInnerTexts()).toEqual(
    ['\tFirst\tSecond', 'n\t4\t2', 'most\t1,234,567,890\t–', 'Chunks\t8\t16'].map((row) => expect.stringContaining(row.trim())),
  );
  await page.getByText('The time of the second was not measured').waitFor();
  await page.screenshot({ path: join(screenshots, 'compare-1440.png'), fullPage: true });
  await isAccessible();
  await page.setViewportSize({ width: 320, height: 900 });
  const linesOf = page.getByRole('cell', { name: '1,234,567,890' }).evaluate((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size;
  });
  expect(await linesOf).toBe(1);
  await page.getByRole('link', { name: 'Swap' }).click();
  await page.getByText('The second was 2.0 × as fast').waitFor();
  await page.reload();
  await page.getByText('The second was 2.0 × as fast').waitFor();
  await page.goto(`${stage.baseUrl}/history/compare?a=${jobs[4]!.job_id}&b=019d3f9c-7a10-7cc0-8f2e-000000000000`);
  await page.getByRole('alert').getByText('No finished job 019d3f9c-7a10-7cc0-8f2e-000000000000 is kept.').waitFor();
});
