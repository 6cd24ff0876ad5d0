/// <reference lib="dom" />
/** From a system without a job to the tenth: the landing page, the page of a new job, and what both promise. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { accessibilityProblems, chooseKind, openBrowser } from '../fixture/browser.ts';
import { rest } from '../fixture/rest.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

const run = promisify(execFile);

let system: System;
let api: ReturnType<typeof rest>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem(), openBrowser()]);
  api = rest(system.baseUrl);
});
afterEach(() => page?.close());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function open(path: string): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(system.baseUrl + path);
}

function soon<T>(check: () => Promise<T>, timeout = 20_000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 50 });
}

/** At the width of a desk, of a tablet and of a phone. */
async function looksRight(): Promise<void> {
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await soon(async () => expect(await overflow(), `${width} px`).toBeLessThanOrEqual(0));
    expect(await accessibilityProblems(page), `${width} px`).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** What is shown as code in the open tab. */
async function codeIn(tab: string): Promise<string> {
  await page.getByRole('tab', { name: tab }).click();
  return page.getByRole('tabpanel').locator('code').innerText();
}

/** Notes every number of counted chunks that the map shows from now on; returns how to read them. */
async function noteCounts(): Promise<() => Promise<number[]>> {
  const map = page.getByRole('img', { name: /^Chunks: / });
  await map.evaluate((drawn) => {
    const shown: number[] = ((globalThis as { shown?: number[] }).shown = []);
    const note = () => shown.push(Number(/[\d,]+/.exec(drawn.ariaLabel ?? '')?.[0].replaceAll(',', '')));
    new MutationObserver(note).observe(drawn, { attributes: true, attributeFilter: ['aria-label'] });
  });
  return () => page.evaluate(() => (globalThis as { shown?: number[] }).shown ?? []);
}

const primes = { kind: 'primes', params: { n: 20_000_000 }, chunks: 16 };

it('who has no job yet finds the landing page; who has one finds the jobs, and links to the form as it was lead to it', async () => {
  await open('/');
  await page.getByRole('heading', { level: 1, name: /One long computation/ }).waitFor();
  expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(0);
  await looksRight();
  await api.finish(await api.submit(primes));
  await page.goto(system.baseUrl);
  await page.waitForURL(`${system.baseUrl}/jobs`);
  await page.goto(`${system.baseUrl}/?kind=sum&params={"n":77}&chunks=5`);
  await page.waitForURL(/\/new\?kind=sum/);
  await soon(async () => expect(await page.locator('#chunks').inputValue()).toBe('5'));
});

it('states how long a job would take once some like it are over, and for another number another time', async () => {
  for (let count = 0; count < 2; count += 1) await api.finish(await api.submit(primes));
  const asked = `/v1/kinds/primes/estimate?chunks=16&params=${JSON.stringify(primes.params)}`;
  // History is written a moment after a job is over.
  await soon(async () => expect((await api.get(asked)).json).toMatchObject({ jobs: 3, slots: 2 }));
  await open(`/new?kind=primes&params=${JSON.stringify(primes.params)}&chunks=16`);
  const foreseen = page.getByRole('region', { name: 'What to expect' });
  await foreseen.getByText('on 2 slots, from 3 like it').waitFor();
  await foreseen.getByText(/^About [\d.]+ (ms|s)$/).waitFor();
  await foreseen.getByText(/^16 chunks, about 8 a slot, /).waitFor();
  await page.locator('#chunks').fill('1');
  await foreseen.getByText('1 chunk on 2 slots: 1 of them has nothing to do.').waitFor();
  // A thousand times larger than all that is known.
  await page.locator('.sjsf-number, .sjsf-text').first().fill('20000000000');
  await foreseen.getByText('No estimate yet').waitFor();
  expect(await page.getByRole('region', { name: 'Last of this kind' }).getByRole('listitem').count()).toBe(3);
  await looksRight();
});

it('the lines of code are the job that is typed: as they stand, in a shell, they compute it', async () => {
  await open('/new?kind=primes');
  await page.locator('.sjsf-number, .sjsf-text').first().fill('10000');
  await page.locator('#chunks').fill('3');
  await soon(async () => expect(await codeIn('curl')).toContain('"n":10000},"chunks":3'));
  const { stdout } = await run('sh', ['-c', await codeIn('curl')]);
  const { job_id: jobId } = JSON.parse(stdout) as { job_id: string };
  expect(await api.finish(jobId)).toMatchObject({ status: 'completed', result: 1_229, total_chunks: 3, params: { n: 10_000 } });

  const command = (await codeIn('CLI')).replace(
    'npx manyhands',
    `"${process.execPath}" ${join(repository, 'libs/manyhands/bin/manyhands.js')}`,
  );
  const answer = await run('sh', ['-c', command], { env: { ...process.env, XDG_CONFIG_HOME: system.home } });
  expect(answer.stdout.trim()).toBe('1229');

  // One stop for the keyboard, from which the arrows lead on and around.
  const tabs = page.getByRole('tablist', { name: 'The same as code' });
  const chosen = () => tabs.getByRole('tab', { selected: true }).innerText();
  for (const [key, name] of [
    ['ArrowRight', 'curl'],
    ['ArrowLeft', 'CLI'],
    ['Home', 'curl'],
    ['ArrowRight', 'TypeScript'],
    ['End', 'CLI'],
  ] as const) {
    await page.keyboard.press(key);
    expect(await chosen()).toBe(name);
    expect(await page.evaluate(() => document.activeElement?.textContent.trim())).toBe(name);
  }
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('npx manyhands');
  expect(await accessibilityProblems(page)).toEqual([]);
});

it('keeps what was typed, finds kinds by their letters, and puts those used last first', async () => {
  await open('/new');
  const [n, box] = [page.locator('.sjsf-number, .sjsf-text').first(), page.getByRole('combobox', { name: 'What to compute' })];
  await n.fill('4321');
  await chooseKind(page, 'Sum');
  await page.getByRole('form', { name: /^New job: .*sum/i }).waitFor();
  await chooseKind(page, 'primes');
  await page.getByText('As you left it.').waitFor();
  expect(await n.inputValue()).toBe('4,321');
  await page.reload();
  await soon(async () => expect(await n.inputValue()).toBe('4,321'));
  await page.getByRole('button', { name: 'Start over' }).click();
  await soon(async () => expect(await n.inputValue()).not.toBe('4,321'));

  await box.focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { selected: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.type('sum');
  await page.keyboard.press('Enter');
  await page.getByRole('form', { name: /^New job: .*sum/i }).waitFor();
  await page.getByRole('button', { name: 'Start the job' }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  await page.goto(`${system.baseUrl}/new`);
  await page.getByRole('form', { name: /^New job: .*sum/i }).waitFor();
  await box.click();
  await page.getByRole('group', { name: 'Used last' }).getByRole('option', { name: /sum/i }).waitFor();
});

it('a worker that is killed under a running job costs nothing of the count, and another one comes', async () => {
  await open('/welcome');
  await page.getByRole('button', { name: 'Start' }).waitFor();
  const counts = await noteCounts();
  // What is to come is there before, in its place: nothing moves when it comes.
  await page.getByText('400 chunks', { exact: true }).waitFor();
  await page.getByText('of 25,000,000 numbers each.').waitFor();
  const answer = page.getByRole('status').filter({ hasText: 'Primes below' });
  const place = await answer.boundingBox();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText(/^[1-9]\d* of 400$/).waitFor();
  const [before] = system.pids('compute');
  await page.getByRole('button', { name: 'Kill a worker' }).click();
  await page.getByText(`Process ${before} was ended with SIGKILL, at `).waitFor();
  await soon(() => Promise.resolve(expect(() => process.kill(before!, 0)).toThrow(/ESRCH/)));
  await page.getByText(/^Another worker came after .*: process \d+\.$/).waitFor();
  const [after] = system.pids('compute');
  expect(after).not.toBe(before);
  await page.getByText(`process ${after}.`).waitFor();
  await page.getByText(/^As it must be: 400 chunks, each counted once/).waitFor({ timeout: 90_000 });
  await page.getByText('455,052,511').waitFor();
  expect(await answer.boundingBox()).toEqual(place);
  await page.getByText('400 are counted now: none is lost, none counts twice.').waitFor();
  const shown = await counts();
  expect(shown.at(-1)).toBe(400);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  await looksRight();
  const { jobs } = (await api.get('/v1/jobs?limit=1')).json;
  expect(jobs[0]).toMatchObject({ result: 455_052_511, completed_chunks: 400, failed_chunks: 0 });
});
