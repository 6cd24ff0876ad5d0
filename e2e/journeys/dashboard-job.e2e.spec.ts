/// <reference lib="dom" />
/** The page of one job, in a real Chromium, of a gateway whose every answer the test decides. */
import { packedLeases } from '@manyhands/proto/answered-leases';
import { aJobView } from '@manyhands/testkit';
import type { Locator, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const soon = <T>(check: () => Promise<T> | T): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 50 });

/** Whether a tab is in sight whole, and at which of its edges its row fades, because it goes on there. */
const rowAround = (tab: Locator) =>
  tab.evaluate((element) => {
    const row = element.closest('[role="tablist"]')!.parentElement!.parentElement!;
    const [own, all] = [element.getBoundingClientRect(), row.getBoundingClientRect()];
    const style = getComputedStyle(row);
    const fades = (edge: string) => style.maskImage !== 'none' && parseFloat(style.getPropertyValue(edge)) > 0;
    return {
      isInSight: own.left >= all.left && own.right <= all.right,
      goesOn: { before: fades('--before'), after: fades('--after') },
    };
  });

/** On a phone no row of seven tabs has room: at the first the others are to the right, at the last to the left. */
const goesOn = (name: string, width: number) =>
  width > 1_000
    ? { before: false, after: false }
    : {
        before: name === 'Map' ? false : name === 'Raw' ? true : expect.any(Boolean),
        after: name === 'Map' ? true : name === 'Raw' ? false : expect.any(Boolean),
      };

it('shows its parts in tabs: by keyboard, held by the address, and what is not shown is not loaded', async () => {
  const job = aJobView({
    ...{ status: 'completed', progress: 1, result: 7, total_chunks: 200, completed_chunks: 188, failed_chunks: 12 },
    chunks: { done: [[0, 188]], leased: [], failed: [[188, 200]], coarse: false },
  });
  stage.show(job);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url().slice(stage.baseUrl.length)));
  const ofLogs = () => asked.filter((path) => path.includes('/logs'));
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  const tab = (name: string) => page.getByRole('tab', { name });
  await page.getByRole('img', { name: /^Chunk map/ }).waitFor();
  expect(await page.getByRole('tab').allInnerTexts()).toEqual([
    ...['Map', 'Lanes', expect.stringMatching(/^Failures\s+12$/), 'Logs', 'Time', 'Params', 'Raw'],
  ]);
  expect(asked.filter((path) => /logs|dead-letters|profile/.test(path))).toEqual([]);
  const scripts = asked.filter((path) => path.endsWith('.js')).length;

  await tab('Map').focus();
  for (const name of ['Lanes', 'Failures', 'Logs']) {
    await page.keyboard.press('ArrowRight');
    await soon(async () => expect(await tab(name).getAttribute('aria-selected')).toBe('true'));
  }
  await page.getByText('Nothing was logged').waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Logs');
  expect(new URL(page.url()).search).toBe('?tab=logs');
  expect(ofLogs().length).toBeGreaterThan(0);
  expect(asked.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(scripts);
  expect(await page.getByRole('img', { name: /^Chunk map/ }).count()).toBe(0);
  // The job itself was read once: another tab is no other job.
  expect(asked.filter((path) => path === `/v1/jobs/${job.job_id}`)).toHaveLength(1);

  await page.reload();
  await page.getByText('Nothing was logged').waitFor();
  await tab('Raw').click();
  await page.getByRole('group', { name: 'The job as JSON' }).getByText('completed_chunks').waitFor();
  await page.keyboard.press('Home');
  await page.getByRole('img', { name: /^Chunk map/ }).waitFor();

  for (const [mode, width] of [
    ['light', 390],
    ['dark', 1440],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate((wanted) => document.documentElement.classList.toggle('dark', wanted === 'dark'), mode);
    const all = ['Map', 'Lanes', 'Failures', 'Logs', 'Time', 'Params', 'Raw'];
    for (const name of mode === 'light' ? all : ['Failures', 'Raw']) {
      await tab(name).click();
      await page.getByRole('tabpanel').locator('.card').first().waitFor();
      await soon(async () =>
        expect([name, await rowAround(tab(name))]).toEqual([name, { isInSight: true, goesOn: goesOn(name, width) }]),
      );
      expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  }
});

it('says when the job ends, once it was asked to, and the icon of the tab shows how far it is', async () => {
  const job = aJobView({ status: 'running', kind: 'primes', detail: null, completed_chunks: 4, total_chunks: 8, progress: 0.5 });
  stage.show(job);
  await page.addInitScript(() => {
    const told: string[] = [];
    class Notification {
      static requestPermission = () => Promise.resolve('granted');
      constructor(title: string, { body }: { body: string }) {
        told.push(`${title} ${body}`);
      }
    }
    Object.assign(globalThis, { Notification, told });
  });
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  const told = () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  const icon = () => page.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel="icon"]')!.href);
  const bell = page.getByRole('button', { name: 'Notify me' });
  await bell.focus();
  await page.keyboard.press('Enter');
  await soon(async () => expect(await bell.getAttribute('aria-pressed')).toBe('true'));
  expect(await accessibilityProblems(page)).toEqual([]);
  const half = await icon();
  expect(half).toMatch(/^data:image\/svg/);
  expect(await told()).toEqual([]);
  stage.show({ ...job, status: 'completed', completed_chunks: 8, progress: 1, result: 7, duration_sec: 62 });
  await soon(async () => expect(await told()).toEqual([expect.stringMatching(/^primes: Completed Job \w+ after 1 min 02 s\.$/)]));
  expect(await icon()).not.toBe(half);
  expect(await bell.count()).toBe(0);
  await page.getByRole('link', { name: 'Jobs' }).last().click();
  await soon(async () => expect(await icon()).toMatch(/\/favicon\.svg$/));
});

it('copies the address that shows the job as it is looked at, with who sees it; where no page may copy, it is there to copy by hand', async () => {
  const job = aJobView({
    ...{ status: 'completed', progress: 1, result: 7, total_chunks: 200, completed_chunks: 200 },
    chunks: { done: [[0, 200]], leased: [], failed: [], coarse: false },
    timing: {
      ...{ ms: 1_000, parts: { computing: 1_000 }, at: new Date().toISOString(), doing: 'computing', slots: 1, leases: 1 },
      ...{ busy: { computing: 1_000, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 1_000, rows: [] },
    },
  });
  stage.show(job);
  const lease = { op: 'compute', begin: 0, end: 200, attempt: 1, worker: 'host-1', slot: 0, from_ms: 0, took_ms: 900 } as const;
  const packed = packedLeases([{ ...lease, outcome: 'computed', failed_chunks: 0 }]);
  stage.answer({ v: 1, type: 'AnsweredLeases', job_id: job.job_id, first: 0, through: 1, ...packed });
  await page.addInitScript(() => {
    const clipboard = { writeText: (text: string) => (sessionStorage.setItem('copied', text), Promise.resolve()) };
    Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true });
  });
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}`);
  await page.getByRole('radio', { name: 'Worker' }).check();
  await page.getByRole('spinbutton', { name: 'Chunk' }).fill('17');
  await page.getByText('Chunk 17: done').waitFor();
  const share = page.getByRole('button', { name: 'Share' });
  await share.focus();
  const place = await share.boundingBox();
  await page.keyboard.press('Enter');
  await page.getByText('The address is copied. It shows the job to whoever reaches this address').waitFor();
  await page.getByText('It leads to this machine alone').waitFor();
  // Seen: the buttons went to the middle of the page.
  expect(await share.boundingBox()).toEqual(place);
  expect(await accessibilityProblems(page)).toEqual([]);
  const address = await page.evaluate(() => sessionStorage.getItem('copied')!);
  expect(address).toBe(`${stage.baseUrl}/jobs/${job.job_id}?by=worker&chunk=17`);

  await page.goto('about:blank');
  await page.goto(address);
  await page.getByText('Chunk 17: done').waitFor();
  expect(await page.getByRole('radio', { name: 'Worker' }).isChecked()).toBe(true);

  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }));
  await share.click();
  expect(await page.getByRole('textbox', { name: 'Address of this job' }).inputValue()).toBe(address);
  await page.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('alertdialog', { name: 'Delete this job?' });
  await question.getByText(/removed for good/).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await question.getByRole('button', { name: 'Delete job' }).click();
  await soon(() => expect(stage.asked).toEqual([`POST /v1/jobs/${job.job_id}/delete`]));
  await question.waitFor({ state: 'detached' });
  // Of another tab nothing of this one is left.
  await page.getByRole('tab', { name: 'Raw' }).click();
  await soon(() => expect(new URL(page.url()).search).toBe('?tab=raw'));
});
