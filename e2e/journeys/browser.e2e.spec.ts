/// <reference lib="dom" />
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accessibilityProblems, chooseKind, openBrowser, readMap } from '../fixture/browser.ts';
import { rest } from '../fixture/rest.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

const screenshots = join(repository, '.reports/screenshots');
/** Takes 5 s on two slots, and nothing of the processor. */
const long = { kind: 'slow', params: { ms: 25, gives: 1_234 }, chunks: 400 };

let system: System;
let api: ReturnType<typeof rest>;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  system = await startSystem({ env: { MANYHANDS_KIND_MODULES: 'builtin,e2e/fixture/slow-kinds.ts' } });
  api = rest(system.baseUrl);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}, mode?: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  // What a reader chose earlier.
  if (mode !== undefined) await page.addInitScript((wanted) => localStorage.setItem('mode-watcher-mode', wanted), mode);
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|violates/.test(message.text())) complaints.push(`${path}: ${message.text()}`);
  });
  await page.goto(system.baseUrl + path);
  return page;
}

/** Submits it, and holds it until its pages are open: on a busy machine that takes longer than the job. */
async function held(): Promise<string> {
  const jobId = await api.submit(long);
  expect((await api.post(`/v1/jobs/${jobId}/pause`, undefined)).status).toBe(204);
  return jobId;
}
const letGo = async (jobId: string) => expect((await api.post(`/v1/jobs/${jobId}/resume`, undefined)).status).toBe(204);

describe('the job page', () => {
  it('fills its chunk map and moves its bar without a reload, and two tabs agree', async () => {
    const jobId = await held();
    const [first, second] = await Promise.all([open(`/jobs/${jobId}`), open(`/jobs/${jobId}`)]);
    for (const tab of [first, second]) await tab.getByRole('img', { name: /^Chunk map:/ }).waitFor();
    await letGo(jobId);
    await first.evaluate(() => (document.body.dataset['loadedOnce'] = 'yes'));

    const seen: number[] = [];
    await vi.waitFor(
      async () => {
        const { done } = await readMap(first);
        if (seen.at(-1) !== done) seen.push(done);
        expect(await first.getByText('493,600').count()).toBeGreaterThan(0);
      },
      { timeout: 90_000, interval: 50 },
    );
    expect(seen.length, `different fillings seen: ${seen.join(' ')}`).toBeGreaterThanOrEqual(5);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await first.evaluate(() => document.body.dataset['loadedOnce'])).toBe('yes');

    await second.getByText('493,600').first().waitFor();
    for (const page of [first, second]) {
      expect(await readMap(page)).toEqual({ done: 400, leased: 0, total: 400 });
      await page.getByText('400 chunks counted once each').waitFor();
    }
    await first.close();
    await second.close();
  });

  it('resumes in both tabs after the gateway was killed', async () => {
    const jobId = await held();
    const tabs = await Promise.all([open(`/jobs/${jobId}`), open(`/jobs/${jobId}`)]);
    for (const tab of tabs) await tab.getByRole('img', { name: /^Chunk map:/ }).waitFor();
    await letGo(jobId);
    for (const tab of tabs)
      await vi.waitFor(async () => expect((await readMap(tab)).done).toBeGreaterThan(0), { timeout: 20_000 });
    system.kill('gateway');
    const before = await Promise.all(tabs.map(readMap));
    for (const [index, tab] of tabs.entries()) {
      await vi.waitFor(async () => expect((await readMap(tab)).done).toBeGreaterThan(before[index]!.done), { timeout: 30_000 });
      await tab.getByText('493,600').first().waitFor({ timeout: 90_000 });
      await tab.getByText('400 chunks counted once each').waitFor();
      await tab.close();
    }
  });

  it('says that it may be old while the gateway is frozen, and goes on when it is back', async () => {
    const jobId = await held();
    const page = await open(`/jobs/${jobId}`);
    await page.getByRole('img', { name: /^Chunk map:/ }).waitFor();
    await letGo(jobId);
    await vi.waitFor(async () => expect((await readMap(page)).done).toBeGreaterThan(0), { timeout: 20_000 });
    const [gateway] = system.pids('gateway');
    process.kill(gateway!, 'SIGSTOP');
    try {
      await page.getByText('What you see may be old').waitFor({ timeout: 6_000 });
      expect(await page.locator('main').getAttribute('data-past')).toBe('true');
    } finally {
      process.kill(gateway!, 'SIGCONT');
    }
    await page.getByText('493,600').first().waitFor({ timeout: 90_000 });
    expect(await page.locator('main').getAttribute('data-past')).toBeNull();
    await page.close();
  });

  it('cancels a job after asking', async () => {
    const jobId = await api.submit({ ...long, params: { ms: 250 } });
    const page = await open(`/jobs/${jobId}`);
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel job' }).click();
    await page.getByText('Cancelled').first().waitFor();
    expect((await api.get(`/v1/jobs/${jobId}`)).json.status).toBe('cancelled');
    await page.close();
  });
});

describe('the page of a new job', () => {
  it('submits a job with the form made from the schema, by keyboard, and leads to its page', async () => {
    const page = await open('/new');
    const n = page.getByRole('spinbutton').or(page.getByRole('textbox')).first();
    await n.waitFor();
    await page
      .getByRole('button', { name: /^(Start|Submit|Run|Count)/ })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
    await page.getByRole('img', { name: /^Chunk map:/ }).waitFor();
    await page.close();
  });
});

describe('the form of the kind script', () => {
  it('takes code in its editor, and the job ends with what it computed', async () => {
    const page = await open('/new');
    await chooseKind(page, 'Script');
    const editor = page.getByRole('textbox', { name: 'Code' });
    await page.locator('.cm-line', { hasText: 'export function map' }).waitFor();
    await editor.fill('const map = (i) => i; const reduce = (a, b) => a + b;');
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
    await page.getByText('499,500').first().waitFor({ timeout: 60_000 });
    await page.close();
    expect(complaints).toEqual([]);
  });
});

describe('every page', () => {
  const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
  it.each((['dark', 'light'] as const).flatMap((mode) => (['wide', 'narrow'] as const).map((size) => [mode, size] as const)))(
    'is accessible and keeps to the Content-Security-Policy, %s and %s',
    async (mode, size) => {
      const jobId = await api.submit({ kind: 'primes', params: { n: 1_000_000_000 }, chunks: 64 });
      await api.finish(jobId);
      const paths = {
        welcome: '/welcome',
        new: '/new',
        job: `/jobs/${jobId}`,
        jobs: '/jobs',
        failures: '/failures',
        history: '/history',
        workers: '/workers',
        operations: '/operations',
      };
      for (const [name, path] of Object.entries(paths)) {
        const page = await open(path, { viewport: sizes[size], colorScheme: mode, reducedMotion: 'reduce' }, mode);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.waitForFunction((wanted) => document.documentElement.classList.contains('dark') === (wanted === 'dark'), mode);
        await page.screenshot({ path: join(screenshots, `${name}-${size}-${mode}.png`), fullPage: true });
        expect(await accessibilityProblems(page), name).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `${name} scrolls sideways by ${overflow} px`).toBeLessThanOrEqual(0);
        await page.close();
      }
      expect(complaints).toEqual([]);
    },
  );
});
