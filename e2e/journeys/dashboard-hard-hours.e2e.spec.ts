/// <reference lib="dom" />
/**
 * The dashboard where answers come late or not at all, and tabs slept, in a real Chromium, of a gateway whose every answer the test decides.
 */
import { aJobFinished, aJobView, aKindRegistration } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const idOf = (index: number): string => `0199${String(index).padStart(4, '0')}-0000-7000-8000-00000000000a`;
const soon = <T>(check: () => Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const row = (index: number) => page.locator(`main li[data-job="${idOf(index)}"]`);
const rail = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
/** Forty frames: longer than a page waits with anything that was typed on it. */
const aMoment = () =>
  page.evaluate(
    () =>
      new Promise((done) => {
        let frames = 40;
        const next = () => ((frames -= 1) > 0 ? requestAnimationFrame(next) : done(null));
        next();
      }),
  );

function put(from: number, to: number): void {
  for (let index = from; index < to; index += 1)
    stage.jobs.set(idOf(index), aJobView({ job_id: idOf(index), params: { n: 1_000 + index }, status: 'running', detail: null }));
}

/** Its connection is lost, and made anew by itself; `meanwhile` nothing is sent. */
async function whileCutOff(meanwhile: () => void): Promise<void> {
  stage.closeClients(1011);
  await soon(async () => expect(stage.clientCount).toBe(0));
  meanwhile();
  await soon(async () => expect(stage.clientCount).toBe(1));
}

/** The list of so many jobs, read further down than its first row: about the fortieth of them. */
async function readFurtherDown(count: number): Promise<void> {
  put(0, count);
  await page.goto(`${stage.baseUrl}/jobs`);
  await row(count - 1).waitFor();
  await page.evaluate(() => scrollTo({ top: 1_500 }));
  await row(count - 40).waitFor();
  await row(count - 1).waitFor({ state: 'detached' });
}

function fail(index: number): void {
  stage.jobs.set(idOf(index), { ...stage.jobs.get(idOf(index))!, status: 'failed' });
}

it('who reads further down a list keeps it in sight, though hundreds of jobs came while the tab slept', async () => {
  await readFurtherDown(100);
  await whileCutOff(() => {
    put(100, 700);
    fail(60);
  });
  // Nothing moved, and what changed meanwhile is shown.
  await row(60).getByText('Failed').waitFor();
  const pill = page.getByRole('button', { name: '200+ new jobs' });
  await pill.click();
  await row(699).waitFor();
  expect(await pill.count()).toBe(0);
});

it('who comes back to the list from a job finds the rows that were in sight', async () => {
  await readFurtherDown(300);
  await page.evaluate(() => scrollTo({ top: document.body.scrollHeight }));
  await row(200).waitFor();
  await soon(async () => {
    await page.evaluate(() => scrollTo({ top: 4_200 }));
    await row(197).waitFor({ timeout: 500 });
  });
  await row(197)
    .getByRole('link')
    .evaluate((link: HTMLElement) => link.click());
  await page.getByRole('heading', { level: 1, name: 'sum' }).waitFor();
  put(300, 310);
  await page.goBack();
  await row(197).waitFor();
  await soon(async () => expect(await row(197).evaluate((each) => each.getBoundingClientRect().top)).toBeGreaterThan(0));
  expect(await row(197).evaluate((each) => each.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
  await page.goForward();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'sum' }).waitFor();
});

it('a list that was cut off while older jobs were loaded is read again, all of it', async () => {
  await readFurtherDown(300);
  stage.answering = false;
  await page.evaluate(() => scrollTo({ top: document.body.scrollHeight }));
  await page.getByRole('button', { name: 'Loading …' }).waitFor();
  // Too old to be sent again with the newest ones.
  await whileCutOff(() => {
    put(300, 600);
    fail(260);
  });
  stage.answerNow();
  await page.evaluate(() => scrollTo({ top: 1_500 }));
  await row(260).getByText('Failed').waitFor();
});

it('the log of a job has no hole, however much was logged while the tab slept', async () => {
  const job = aJobView({ status: 'running', detail: null });
  const line = (id: number) => ({
    ...{ id: String(id), at: new Date(1_796_000_000_000 + id).toISOString(), level: 'info' as const },
    ...{ message: `line ${id}.`, attempt: 1, worker: 'w', slot: 0, chunk: 0 },
  });
  stage.show(job);
  stage.logs = Array.from({ length: 10 }, (_, index) => line(index + 1));
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=logs`);
  const shown = page.getByRole('group', { name: 'Lines that the job logged' });
  await shown.getByText('line 10.').waitFor();
  await whileCutOff(() => stage.logs.push(...Array.from({ length: 1_500 }, (_, index) => line(index + 11))));
  await soon(async () => expect(await shown.locator('li').count()).toBeGreaterThan(100));
  stage.log(job.job_id, line(1_511));
  await shown.getByText('line 1511.').waitFor();
  const ids = (await shown.locator('li').allInnerTexts()).map((text) => Number(/line (\d+)\./.exec(text)![1]));
  expect(ids).toEqual(ids.map((_, index) => ids[0]! + index));
  await shown.getByRole('button', { name: 'Show older lines' }).click();
  await soon(async () => expect(await shown.locator('li').count()).toBeGreaterThan(ids.length));
});

it('an action on selected jobs stops where nothing answers, and goes on with all that are left', async () => {
  put(0, 9);
  await page.goto(`${stage.baseUrl}/jobs`);
  await page.locator('main li').first().waitFor();
  for (const key of ['j', 'x', 'j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.getByRole('toolbar', { name: 'Selected jobs' }).getByRole('button', { name: 'Pause' }).click();
  let isAway = true;
  await page.route('**/v1/jobs/*/pause', (route) => {
    const isFirst = route.request().url().includes(idOf(8));
    if (!isAway || isFirst) return route.continue();
    return route.fulfill({ status: 503, json: { detail: 'NATS does not answer.' } });
  });
  await page.getByRole('dialog', { name: 'Pause 3 jobs?' }).getByRole('button', { name: 'Pause 3 jobs' }).click();
  await page.getByRole('alert').getByText('NATS does not answer.').waitFor();
  await page.getByText('1 of 3 jobs paused.').waitFor();
  isAway = false;
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('dialog', { name: '3 jobs paused' }).getByText('3 of 3 jobs paused.').waitFor();
  expect([...stage.asked].sort()).toEqual([6, 7, 8].map((index) => `POST /v1/jobs/${idOf(index)}/pause`));
});

it('what was typed, or sent, on a page that was left brings nobody back to it', async () => {
  put(0, 3);
  await page.goto(`${stage.baseUrl}/jobs`);
  await row(0).waitFor();
  await page.getByLabel('Search jobs').fill('sum');
  await rail('History').click();
  await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
  await aMoment();
  expect(new URL(page.url()).pathname).toBe('/history');

  const params = { width: 64, height: 48, zoom: 1, x: -0.5, y: 0, iterations: 50 };
  stage.show(aJobView({ job_id: idOf(5), kind: 'mandelbrot', params, status: 'running', total_chunks: 4, detail: null }));
  for (const [address, button] of [
    ['/new', 'Start the job'],
    [`/jobs/${idOf(5)}`, 'Zoom in'],
  ] as const) {
    await page.goto(stage.baseUrl + address);
    const answer = Promise.withResolvers<void>();
    await page.route('**/v1/jobs', async (route) => {
      await answer.promise;
      await route.continue();
    });
    const asked = page.waitForRequest('**/v1/jobs');
    await page.getByRole('button', { name: button }).click();
    await asked;
    await rail('Docs').click();
    await page.waitForURL('**/docs');
    const sent = page.waitForResponse('**/v1/jobs');
    answer.resolve();
    await sent;
    await aMoment();
    expect(new URL(page.url()).pathname, address).toBe('/docs');
    await page.unroute('**/v1/jobs');
  }
  expect(stage.posted).toHaveLength(2);
});

it('a job whose tags read alike is shown beside the list all the same', async () => {
  const job = aJobView({ job_id: idOf(1), tags: { a: 'b=c', 'a=b': 'c' } });
  stage.show(job);
  const failed: Error[] = [];
  page.on('pageerror', (error) => failed.push(error));
  await page.goto(`${stage.baseUrl}/jobs?job=${job.job_id}`);
  const beside = page.getByRole('complementary', { name: 'Job beside the list' });
  await soon(async () => expect(await beside.getByRole('button', { name: 'a=b=c' }).count()).toBe(2));
  await beside.getByRole('link', { name: 'Open' }).waitFor();
  expect(failed).toEqual([]);
});

it('a job that cannot be read right now is not called one that is not there', async () => {
  let status = 429;
  await page.route(`**/v1/jobs/${idOf(7)}/history`, (route) => route.fulfill({ status, json: { detail: 'Too many at once.' } }));
  await page.goto(`${stage.baseUrl}/jobs/${idOf(7)}`);
  await page.getByRole('alert').getByText('Too many at once.').waitFor();
  status = 404;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'No such job' }).waitFor();
});

it('two tabs keep the filters that each of them saved', async () => {
  put(0, 3);
  await page.goto(`${stage.baseUrl}/jobs?status=running`);
  const opened = page.waitForEvent('popup');
  await page.evaluate(() => void window.open('/jobs?kind=primes'));
  const other = await opened;
  // Each has read what is kept before the other saves.
  for (const tab of [page, other]) await tab.getByRole('button', { name: 'Save this view' }).waitFor();
  for (const [tab, name] of [
    [page, 'Mine'],
    [other, 'Yours'],
  ] as const) {
    await tab.getByRole('button', { name: 'Save this view' }).click();
    await tab.getByLabel('Name of the view').fill(name);
    await tab.keyboard.press('Enter');
    await tab.getByRole('link', { name }).waitFor();
  }
  await other.close();
  await page.reload();
  for (const name of ['Mine', 'Yours'])
    await page.getByRole('navigation', { name: 'Saved views' }).getByRole('link', { name }).waitFor();
});

it('times are right where the clock of the browser is off by a day', async () => {
  const job = aJobView({ job_id: idOf(1), created_at: new Date(Date.now() - 3 * 60_000).toISOString() });
  stage.show(job);
  stage.finished = [aJobFinished({ ...job, status: 'completed' }).job];
  for (const offMs of [86_400_000, -86_400_000]) {
    await page.clock.setSystemTime(Date.now() + offMs);
    await page.goto(`${stage.baseUrl}/jobs`);
    await row(1).getByText('3 minutes ago').first().waitFor();
    await page.goto(`${stage.baseUrl}/history?days=1`);
    await page.getByRole('region', { name: 'Finished jobs' }).getByText('3 minutes ago').waitFor();
  }
});

it('a job of a kind that is gone is not run again as another one without a word', async () => {
  await page.goto(`${stage.baseUrl}/new?kind=resize&params=%7B%22width%22%3A640%7D`);
  await page.getByText('No worker has registered the kind resize.').waitFor();
  stage.publish('kinds', 'resize', aKindRegistration({ kind: 'resize', title: 'Resize' }));
  await page.getByRole('form', { name: 'New job: Resize' }).waitFor();
  expect(await page.getByText('No worker has registered').count()).toBe(0);
});
