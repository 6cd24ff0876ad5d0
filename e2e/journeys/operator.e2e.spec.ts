/// <reference lib="dom" />
/** What a person does to jobs and schedules from the dashboard, with jobs that fail for real. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { accessibilityProblems, chooseKind, openBrowser, readMap } from '../fixture/browser.ts';
import { startMoodyWorker, type MoodyWorker } from '../fixture/moody-worker.ts';
import { rest } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';

/** How long anything may take on a machine that has much else to do. */
const patienceMs = 60_000;

let system: System;
let api: ReturnType<typeof rest>;
let browser: Browser;
let worker: MoodyWorker;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ slots: 1 }), openBrowser()]);
  api = rest(system.baseUrl);
  worker = await startMoodyWorker(system.natsUrl);
});

afterAll(async () => {
  await browser?.close();
  await worker?.stop();
  await system?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  await page.goto(system.baseUrl + path);
  return page;
}

async function moodyJob(settings: object, params: object = {}): Promise<{ jobId: string; mend: () => void }> {
  const mended = join(system.home, `mended-${randomUUID()}`);
  const jobId = await api.submit({ kind: 'moody', params: { fail: [3], mended, ...params }, chunks: 8, ...settings });
  return { jobId, mend: () => writeFileSync(mended, '') };
}

it('a job is paused and resumed from its page, which shows what the job says and keeps the keyboard where it is', async () => {
  const jobId = await api.submit({ kind: 'primes', params: { n: 100_000_000_000 }, chunks: 1_000 });
  const page = await open(`/jobs/${jobId}`);
  await vi.waitFor(async () => expect((await readMap(page)).done).toBeGreaterThan(0), { timeout: patienceMs });

  await page.getByRole('button', { name: 'Pause', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Paused', { exact: true }).waitFor();
  expect((await api.get(`/v1/jobs/${jobId}`)).json.status).toBe('paused');
  expect((await readMap(page)).leased).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Resume');

  const { done } = await readMap(page);
  await page.keyboard.press('Enter');
  await page.getByText('Running', { exact: true }).waitFor();
  await vi.waitFor(async () => expect((await readMap(page)).done).toBeGreaterThan(done), { timeout: patienceMs });
  await api.delete(`/v1/jobs/${jobId}`);
  await page.getByText('Cancelled', { exact: true }).waitFor();
  expect(await page.getByRole('button', { name: /Pause|Resume|Requeue|Cancel/ }).count()).toBe(0);
  await page.close();
});

it('a dead chunk is told of with each of its attempts, and requeued from its job once the cause is gone', async () => {
  const { jobId, mend } = await moodyJob({ max_attempts: 2, on_dead_chunk: 'continue' });
  const page = await open(`/jobs/${jobId}`);
  await page.getByText('the result leaves it out').waitFor();
  expect(await page.getByRole('img', { name: /^Chunk map:/ }).getAttribute('aria-label')).toContain('1 dead');
  await page.getByRole('tab', { name: 'Failures 1' }).click();
  const letter = page.getByRole('region', { name: 'Dead chunks' });
  await letter.getByRole('button', { name: /^Chunk 3/ }).click();
  await letter.getByText('Attempt 2').waitFor();
  const attempts = letter.getByRole('list', { name: 'Attempts of chunk 3' });
  expect(await attempts.getByText('chunk 3 is in a mood', { exact: true }).count()).toBe(2);
  expect(await accessibilityProblems(page)).toEqual([]);

  mend();
  await page.getByRole('button', { name: 'Requeue 1 dead chunk' }).click();
  await letter.waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Map' }).click();
  await vi.waitFor(async () => expect(await readMap(page)).toEqual({ done: 8, leased: 0, total: 8 }), { timeout: patienceMs });
  expect(await api.finish(jobId)).toMatchObject({ status: 'completed', result: 8, failed_chunks: 0 });
  await page.close();
});

it('every 503 over three jobs is requeued with a few clicks, and what failed with another error is left dead, then discarded', async () => {
  const settings = { max_attempts: 1, on_dead_chunk: 'continue' };
  const made = await Promise.all([1, 2, 3].map(() => moodyJob(settings, { away: [1, 5] })));
  for (const { jobId } of made)
    expect(await api.finish(jobId)).toMatchObject({ status: 'completed', failed_chunks: 3, result: 5 });
  for (const { mend } of made) mend();
  const page = await open('/jobs');
  const begunMs = performance.now();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Failures' }).click();
  const section = page.getByRole('region', { name: 'Groups of failures' });
  const group = section.getByRole('button', { name: /^6 × … answered 503/ });
  await group.click();
  await section.getByText('6 chunks of 3 jobs').waitFor();
  await section.getByText('Chunks 1, 5').nth(2).waitFor();
  await section.getByRole('button', { name: 'Requeue: … answered 503' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Requeue 3 jobs' }).click();
  await dialog.getByText('3 of 3 jobs requeued.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await group.waitFor({ state: 'detached' });
  expect(performance.now() - begunMs).toBeLessThan(20_000);
  for (const { jobId } of made)
    await vi.waitFor(
      async () =>
        expect((await api.get(`/v1/jobs/${jobId}`)).json).toMatchObject({ status: 'completed', failed_chunks: 1, result: 7 }),
      { timeout: patienceMs },
    );

  const other = section.getByRole('button', { name: /^3 × chunk 3 is in a mood/ });
  await other.click();
  await section.getByText('Chunk 3', { exact: true }).nth(2).waitFor();
  for (const width of [390, 1024, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await accessibilityProblems(page), `${width} px`).toEqual([]);
  }
  await section.getByRole('button', { name: 'Discard: chunk 3 is in a mood' }).click();
  await dialog.getByRole('button', { name: 'Discard 3 dead letters' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await section.getByText('No chunk is dead.').waitFor();
  expect((await api.get('/v1/dead-letters')).json.dead_letters).toEqual([]);
  expect((await api.get(`/v1/jobs/${made[0]!.jobId}`)).json.failed_chunks).toBe(1);
  await page.close();
});

it('items are pasted, what failed is requeued once the cause is gone, and the results are whole', async () => {
  const page = await open('/new');
  await chooseKind(page, 'Moody names');
  const mended = join(system.home, `mended-${randomUUID()}`);
  await page.getByRole('textbox', { name: 'mended' }).fill(mended);
  await page.getByRole('radio', { name: 'Paste' }).click();
  const names = ['one', 'bad 2', 'three', 'four', 'bad 5', 'six'];
  const items = page.getByRole('textbox', { name: 'Items' });
  await items.fill(['{"name":"one"}', '{"name":2}'].join('\n'));
  await page.getByRole('button', { name: 'Start the job' }).click();
  await page.getByRole('alert').getByText('line 2').waitFor();
  await items.fill(names.map((name) => JSON.stringify({ name })).join('\n'));
  await page.getByRole('button', { name: 'Start the job' }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);

  const results = page.getByRole('region', { name: 'Results' });
  await results.getByText('4 of 6 items').waitFor();
  await page.getByRole('tab', { name: 'Failures 2' }).click();
  const failures = page.getByRole('region', { name: 'Failures' });
  await failures.getByRole('button', { name: /^2 × .*the name bad … is in a mood/ }).waitFor();
  await failures.getByText('{"name":"bad 5"}').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.getByText('looks at bad 5').waitFor();
  await page.getByRole('tab', { name: 'Failures 2' }).click();

  writeFileSync(mended, '');
  await failures.getByRole('button', { name: 'Requeue 2 items' }).click();
  await results.getByText('6 items', { exact: true }).waitFor();
  await failures.waitFor({ state: 'detached' });
  const shown = () =>
    results.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.textContent?.trim().replace(/\s+/g, ' ')));
  await vi.waitFor(async () => expect(await shown()).toHaveLength(6), { timeout: patienceMs });
  const jobId = new URL(page.url()).pathname.split('/').at(-1);
  const file = await (await fetch(`${system.baseUrl}/v1/jobs/${jobId}/results?format=bare`)).text();
  expect(file).toBe(names.map((name) => `${JSON.stringify({ name, letters: name.length })}\n`).join(''));
  await page.close();
});

it('a schedule is made in the form, with its settings, then paused, resumed and deleted', async () => {
  const page = await open('/new');
  await page.getByText('Run later, or repeat').click();
  await page.getByRole('radio', { name: 'Repeat' }).click();
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByText('Retries, limits, tags and webhook').click();
  await page.getByRole('radio', { name: 'Leave it out' }).click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'Schedule the job' }).click();
  await page.waitForURL(/\/operations#schedules$/);

  const stored = async () => (await api.get('/v1/schedules')).json.schedules;
  const [schedule] = await stored();
  expect(schedule).toMatchObject({
    status: 'scheduled',
    cron: '30 6 * * mon-fri',
    time_zone: 'Europe/Berlin',
    on_dead_chunk: 'continue',
  });
  const row = page.getByRole('row', { name: new RegExp(schedule.schedule_id.slice(-8)) });
  await row.getByRole('button', { name: /^Pause/ }).click();
  await row.getByText('paused', { exact: true }).waitFor();
  expect(await stored()).toMatchObject([{ status: 'paused', next_run_at: null }]);
  await row.getByRole('button', { name: /^Resume/ }).click();
  await row.getByRole('button', { name: /^Pause/ }).waitFor();
  await row.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await row.waitFor({ state: 'detached' });
  expect(await stored()).toEqual([]);
  await page.close();
});
