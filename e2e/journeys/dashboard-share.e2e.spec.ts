/// <reference lib="dom" />
/** The page of a share link, in a real Chromium, where every answer is decided here. That it works with accounts is in `accounts.e2e.spec.ts`. */
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { aSharedJob, sharedToken, StagedShare } from '../fixture/shared-job.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
let share: StagedShare;
onStage((staged) => ({ stage, page } = staged));
beforeEach(() => (share = new StagedShare()).at(page));

const open = () => page.goto(`${stage.baseUrl}/share/${sharedToken}`);
/** By the clock of the page; a question that it asks meanwhile has reached the gateway afterwards. */
async function pass(ms: number): Promise<void> {
  await page.clock.runFor(ms);
  await page.evaluate(() => fetch('/favicon.svg').then((answer) => answer.text()));
}

it('asks again every two seconds while the job runs and the page is seen, shows what is new, and stops when it is over', async () => {
  const running = { status: 'running', finished_at: null, result: null, result_bytes: null, eta_sec: 9 } as const;
  const done = (chunks: number) => aSharedJob({ ...running, progress: chunks / 8, completed_chunks: chunks });
  const hide = (hidden: boolean) =>
    page.evaluate((is) => {
      Object.defineProperty(document, 'hidden', { value: is, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await page.clock.install();
  share.job = done(2);
  await open();
  await page.getByRole('img', { name: 'Chunks: 2 done, 6 waiting.' }).waitFor();
  share.job = done(4);
  await pass(2_000);
  await page.getByRole('img', { name: 'Chunks: 4 done, 4 waiting.' }).waitFor();
  await hide(true);
  await pass(10);
  const { reads } = share;
  await pass(60_000);
  expect(share.reads).toBe(reads);
  share.job = aSharedJob();
  await hide(false);
  await page.getByText('50,005,000').waitFor();
  const last = share.reads;
  await pass(60_000);
  expect(share.reads).toBe(last);
});

it('is light, without the frame, as wide as its window, and on one sheet of A4, whatever the job left', async () => {
  const long = 'a long text '.repeat(4_000);
  const params = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`parameter_${at}`, `${long.slice(0, 400)}${at}`]));
  const error = { code: 'compute_failed', message: long.slice(0, 2_000), retryable: false };
  const rows = Array.from({ length: 400 }, (_, row) => ({ row, name: long.slice(0, 60), value: row * 1_000 }));
  for (const job of [
    aSharedJob({ result: null, result_bytes: 9_000_000, result_part: `"${long.slice(0, 16_000)}`, params }),
    aSharedJob({ failed_chunks: 3, completed_chunks: 5, result: rows, detail: error.message, params }),
    aSharedJob({ status: 'failed', result: null, result_bytes: null, error, detail: error.message, params }),
  ]) {
    share.job = job;
    await open();
    await page.getByRole('heading', { level: 1, name: 'sum' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(false);
    expect(await page.locator('nav, button, a').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ).toBeLessThanOrEqual(0);
    }
    expect(await sheets()).toBe(1);
  }
});

it('is dark where the dashboard is, and prints light all the same', async () => {
  share.job = aSharedJob();
  await page.addInitScript(() => localStorage.setItem('mode-watcher-mode', 'dark'));
  await open();
  await page.getByText('50,005,000').waitFor();
  const lightness = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const onScreen = await lightness();
  await page.emulateMedia({ media: 'print' });
  expect(await lightness()).not.toBe(onScreen);
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('light');
});

it('states that a link is not good, and that there is no answer, and tries again', async () => {
  await page.clock.install();
  await open();
  await page.getByRole('heading', { level: 1, name: 'This link is no longer good' }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  share.job = aSharedJob({ status: 'running', result: null, result_bytes: null });
  await pass(60_000);
  expect(share.reads).toBe(1);
  await open();
  await page.getByText('Running for').waitFor();
  share.answering = false;
  await pass(2_100);
  await page.getByRole('status').getByText('The gateway does not answer').waitFor();
  share.answering = true;
  await pass(3_000);
  await page.getByText('What you see may be old').waitFor({ state: 'detached' });
});

/** Pages of the PDF that it is printed to. */
async function sheets(): Promise<number> {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}
