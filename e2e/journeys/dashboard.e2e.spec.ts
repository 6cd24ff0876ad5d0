/// <reference lib="dom" />
/** What the dashboard shows, in a real Chromium, of a gateway whose every answer the test decides. */
import { aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../fixture/browser.ts';
import { stageGateway, type StagedGateway } from '../fixture/staged-gateway.ts';

let browser: Browser;
let stage: StagedGateway;
const pages: Page[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});

beforeEach(async () => {
  stage = await stageGateway();
  stage.kinds = [aKindRegistration()];
  stage.workers = [aWorkerHeartbeat()];
});

afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.close()));
  await stage.stop();
});

afterAll(() => browser?.close());

async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}, before?: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  pages.push(page);
  await before?.(page);
  await page.goto(stage.baseUrl + path);
  return page;
}

/** As soon as it is so; the machine may be busy. */
function soon<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

function runningJob(total: number, done: number) {
  return aJobView({
    status: 'running',
    detail: null,
    total_chunks: total,
    completed_chunks: done,
    progress: done / total,
    started_at: new Date().toISOString(),
    duration_sec: 10,
    rate: 2,
    eta_sec: 90,
    chunks: { done: done > 0 ? [[0, done]] : [], leased: done < total ? [[done, done + 1]] : [], failed: [], coarse: false },
  });
}

function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe('the chunk map', () => {
  /** Notes the cells painted, and how often the whole canvas was made anew. */
  function notePaints(page: Page): Promise<unknown> {
    return page.addInitScript(() => {
      const noted = { cells: [] as string[], glows: 0, resets: 0 };
      Object.assign(globalThis, { noted });
      const { clearRect } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.clearRect = function (x, y, width, height) {
        noted.cells.push(`${x},${y}`);
        clearRect.call(this, x, y, width, height);
      };
      const width = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, 'width')!;
      Object.defineProperty(HTMLCanvasElement.prototype, 'width', {
        ...width,
        set(value: number) {
          noted.resets += 1;
          width.set!.call(this, value);
        },
      });
    });
  }

  type Noted = { cells: string[]; resets: number };
  const noted = (page: Page) => page.evaluate(() => (globalThis as unknown as { noted: Noted }).noted);

  it('repaints only the chunk that changed, and lets it glow', async () => {
    const job = runningJob(64, 10);
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`, {}, notePaints);
    await page.getByRole('img', { name: /^Chunk map: 10 of 64/ }).waitFor();
    await soon(async () => expect((await noted(page)).cells.length).toBeGreaterThanOrEqual(64));
    const before = await noted(page);
    stage.show({ ...job, completed_chunks: 11, progress: 11 / 64, chunks: { ...job.chunks, done: [[0, 11]], leased: [] } });
    await page.getByRole('img', { name: /^Chunk map: 11 of 64/ }).waitFor();
    await soon(async () => expect((await noted(page)).cells.length - before.cells.length).toBeGreaterThan(3));
    const after = await noted(page);
    expect(after.resets - before.resets).toBe(0);
    expect(new Set(after.cells.slice(before.cells.length)).size).toBe(1);
  });

  it('shrinks and grows with the window', async () => {
    const job = runningJob(64, 10);
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await page.getByRole('img', { name: /^Chunk map: 10 of 64/ }).waitFor();
    for (const width of [800, 390, 320, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      await soon(async () => expect(await sidewaysScroll(page), `at ${width} px`).toBeLessThanOrEqual(0));
      await soon(async () => {
        const [canvas, frame] = await page.evaluate(() => {
          const element = document.querySelector('canvas')!;
          return [element.getBoundingClientRect().width, element.parentElement!.getBoundingClientRect().width];
        });
        expect(frame! - canvas!, `unused at ${width} px`).toBeLessThan(40);
        expect(canvas!).toBeLessThanOrEqual(frame! + 1);
      });
    }
  });
});

describe('a page whose other end is silent', () => {
  const main = (page: Page) => page.locator('main');
  const pill = (page: Page) => page.getByRole('banner').locator('a[href="/operations"] span[aria-hidden]');
  const isGreen = (page: Page) => pill(page).evaluate((dot) => dot.classList.contains('bg-done'));

  async function openRunning(): Promise<{ page: Page; job: ReturnType<typeof runningJob> }> {
    const job = runningJob(64, 10);
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await soon(async () => expect(await isGreen(page)).toBe(true));
    return { page, job };
  }

  it('says within five seconds that it may be old, stops its clocks, and is itself again with the first frame', async () => {
    const { page, job } = await openRunning();
    const frozenAt = Date.now();
    stage.freeze();
    await page.getByText('What you see may be old').waitFor({ timeout: 5_000 });
    expect(Date.now() - frozenAt).toBeLessThan(5_000);
    expect(await main(page).getAttribute('data-past')).toBe('true');
    expect(await isGreen(page)).toBe(false);
    expect(await page.title()).toContain('May be old');
    const clock = page.locator('dd', { hasText: /^1\d(\.\d)? s$/ });
    const [shown] = await clock.allTextContents();
    await page.waitForFunction(() => document.body.innerText.includes('Connection lost.'), undefined, { timeout: 10_000 });
    expect((await clock.allTextContents())[0]).toBe(shown);
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBe('true');

    stage.thaw();
    stage.jobs.set(job.job_id, { ...job, completed_chunks: 40, progress: 40 / 64 });
    await page.getByRole('img', { name: /^Chunk map: 40 of 64/ }).waitFor({ timeout: 30_000 });
    expect(await main(page).getAttribute('data-past')).toBeNull();
  });

  it('is live while the gateway answers, though there are no statistics', async () => {
    const { page } = await openRunning();
    stage.beating = false;
    const asked: number[] = [];
    page.on('websocket', () => asked.push(-1));
    await page.waitForRequest((request) => request.url().endsWith('/readyz'), { timeout: 10_000 });
    await page.waitForRequest((request) => request.url().endsWith('/readyz'), { timeout: 10_000 });
    await page.waitForRequest((request) => request.url().endsWith('/readyz'), { timeout: 10_000 });
    expect(await main(page).getAttribute('data-past')).toBeNull();
    expect(asked).toEqual([]);
  });

  it('says so when the gateway does not know the newest states', async () => {
    const { page } = await openRunning();
    stage.beating = false;
    stage.current = false;
    await page.getByText('cannot tell whether anything changed').waitFor({ timeout: 6_000 });
    expect(await isGreen(page)).toBe(false);
  });

  it('says that NATS is away, and that nothing is lost, instead of warming up', async () => {
    const { page } = await openRunning();
    stage.beating = false;
    stage.readiness = { ready: false, checks: { nats: false, storage: false, coordinators: 1, workers: 1 } };
    await page.getByText('NATS is away.').waitFor({ timeout: 8_000 });
    await page.getByText('Nothing is lost').waitFor();
    expect(await page.getByText('Warming up').count()).toBe(0);
    expect(await isGreen(page)).toBe(false);
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBe('true');
    stage.readiness = { ready: true, checks: { nats: true, storage: true, coordinators: 1, workers: 1 } };
    stage.beating = true;
    await soon(async () => expect(await isGreen(page)).toBe(true));
  });
});
