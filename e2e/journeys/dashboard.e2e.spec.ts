/// <reference lib="dom" />
/** What the dashboard shows, in a real Chromium, of a gateway whose every answer the test decides. */
import { newScheduleId, type ScheduleView } from '@manyhands/proto';
import { aJobFinished, aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessibilityProblems, openBrowser } from '../fixture/browser.ts';
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

async function open(
  path: string,
  options: Parameters<Browser['newPage']>[0] = {},
  before?: (page: Page) => Promise<unknown>,
): Promise<Page> {
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

  it('stays old while NATS is away, though it is let in and cut off again and again, and ages all the while', async () => {
    const { page } = await openRunning();
    stage.beating = false;
    stage.current = false;
    stage.readiness = { ready: false, checks: { nats: false, storage: false, coordinators: 1, workers: 1 } };
    await page.getByText('NATS is away.').waitFor({ timeout: 8_000 });
    const age = async () => Number(/(\d+) s old/.exec(await page.getByRole('banner').innerText())?.[1] ?? NaN);
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      const note = () => document.querySelector('main')!.dataset['past'] === 'true' || seen.push('live');
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    let last = await age();
    for (let times = 0; times < 3; times += 1) {
      // One question has no answer, as from a gateway that is busy with its own.
      await page.route('**/readyz', (route) => route.abort(), { times: 1 });
      stage.closeClients(1011);
      await soon(async () => expect(stage.clientCount).toBe(0));
      await soon(async () => expect(stage.clientCount).toBe(1));
      const now = await age();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(last).toBeGreaterThan(2);
    expect(await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)).toEqual([]);
  });

  it('has no clocks of a job that nothing plans', async () => {
    const { page } = await openRunning();
    await page.getByText('1 min 2').first().waitFor();
    stage.beating = false;
    stage.readiness = { ready: false, checks: { nats: true, storage: true, coordinators: 0, workers: 1 } };
    await page.getByText('Still waiting for a coordinator').waitFor({ timeout: 10_000 });
    const left = page.locator('dl > div', { hasText: 'Time left' }).locator('dd');
    await soon(async () => expect(await left.innerText()).toBe('–'));
    expect(await page.getByText('On track').count()).toBe(0);
  });

  it('shows no rate as that of now once nothing is measured', async () => {
    const { page } = await openRunning();
    await page.goto(`${stage.baseUrl}/operations`);
    const rate = page.locator('dl > div', { hasText: 'Chunks/s' }).locator('dd > span').first();
    await soon(async () => expect(await rate.innerText()).toMatch(/\d/));
    stage.beating = false;
    await page.getByText('Nothing is measured now.').waitFor({ timeout: 20_000 });
    expect(await rate.innerText()).toBe('–');
    expect(await main(page).getAttribute('data-past')).toBeNull();
    stage.beating = true;
    await soon(async () => expect(await rate.innerText()).toMatch(/\d/));
    expect(await page.getByText('Nothing is measured now.').count()).toBe(0);
  });
});

describe('the list of jobs', () => {
  /** A job for each number, newest last. */
  function listed(count: number, status: 'completed' | 'running' = 'completed') {
    return Array.from({ length: count }, (_, index) =>
      aJobView({
        job_id: `0199${String(index).padStart(4, '0')}-0000-7000-8000-000000000000`,
        params: { n: index },
        status,
        detail: null,
        progress: 1,
        completed_chunks: 8,
        total_chunks: 8,
        result: index,
        duration_sec: 1,
      }),
    );
  }
  const nodes = (page: Page) => page.evaluate(() => document.querySelectorAll('*').length);
  const rowsShown = (page: Page) => page.locator('main li').count();

  it('shows a thousand jobs with one scroll, and holds few of them on the page', async () => {
    for (const job of listed(1_000)) stage.jobs.set(job.job_id, job);
    const page = await open('/jobs');
    await page.getByText('n 999', { exact: true }).waitFor();
    await soon(async () => {
      await page.evaluate(() => scrollTo({ top: document.body.scrollHeight }));
      expect(await page.getByText('n 0', { exact: true }).count()).toBe(1);
    });
    expect(await rowsShown(page)).toBeLessThan(60);
    expect(await nodes(page)).toBeLessThan(1_500);
    const last = page.locator('main li').last();
    expect([await last.getAttribute('aria-posinset'), await last.getAttribute('aria-setsize')]).toEqual(['1000', '1000']);
  });

  it('does not grow with jobs that come', async () => {
    const [first, ...others] = listed(401);
    stage.jobs.set(first!.job_id, first!);
    const page = await open('/jobs');
    await page.getByText('n 0', { exact: true }).waitFor();
    for (const job of others.slice(0, 100)) stage.show(job);
    await page.getByText('n 100', { exact: true }).waitFor();
    await soon(async () => expect(await rowsShown(page)).toBeGreaterThan(15));
    const before = await nodes(page);
    for (const job of others.slice(100)) stage.show(job);
    await page.getByText('n 400', { exact: true }).waitFor();
    expect(await nodes(page)).toBeLessThan(before * 1.2);
  });

  it('holds still under the eyes of who reads further down, and counts what came meanwhile', async () => {
    const jobs = listed(203);
    for (const job of jobs.slice(0, 200)) stage.jobs.set(job.job_id, job);
    const page = await open('/jobs');
    await page.getByText('n 199', { exact: true }).waitFor();
    await page.evaluate(() => scrollTo({ top: 1_000 }));
    const row = page.locator('main li', { hasText: 'n 175' });
    await row.waitFor();
    await soon(async () => expect(await page.getByText('n 199', { exact: true }).count()).toBe(0));
    const place = () => row.evaluate((element) => element.getBoundingClientRect().top);
    const before = await place();
    for (const job of jobs.slice(200)) stage.show(job);
    stage.show({ ...jobs[175]!, status: 'failed' });
    const pill = page.getByRole('button', { name: '3 new jobs' });
    await pill.waitFor();
    await row.getByText('Failed').waitFor();
    expect(await place()).toBe(before);
    await pill.click();
    await page.getByText('n 202', { exact: true }).waitFor();
    expect(await pill.count()).toBe(0);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });
});

describe('a page that is loading', () => {
  const shift = (page: Page) => page.evaluate(() => (globalThis as unknown as { shifted: number }).shifted);
  const noteShifts = (page: Page) =>
    page.addInitScript(() => {
      Object.assign(globalThis, { shifted: 0 });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
          if (!entry.hadRecentInput) (globalThis as unknown as { shifted: number }).shifted += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });

  const finishedJob = (at: number) =>
    aJobFinished({
      ...{ job_id: `0199${String(at).padStart(4, '0')}-0000-7000-8000-000000000000`, kind: at % 2 ? 'sum' : 'primes' },
      ...{ created_at: new Date(Date.now() - at * 3_600_000).toISOString(), duration_sec: 1.5 },
    }).job;

  it.each(
    ['/new', '/operations', '/workers', '/jobs', '/history'].flatMap((path) =>
      [
        { width: 1440, height: 900 },
        { width: 390, height: 844 },
      ].map((viewport) => ({ path, viewport })),
    ),
  )('says nothing that may be wrong, and does not move when it fills: $path, $viewport.width px', async ({ path, viewport }) => {
    const job = runningJob(64, 10);
    stage.show(job);
    stage.finished = Array.from({ length: 30 }, (_, at) => finishedJob(at));
    stage.answering = false;
    const page = await open(path, { viewport }, noteShifts);
    await page.getByText('Loading …').first().waitFor({ state: 'attached' });
    const text = await page.locator('body').innerText();
    for (const wrong of ['Nothing can be computed', '0 of 0', 'No live worker', 'No jobs yet', 'No queue yet'])
      expect(text).not.toContain(wrong);
    expect(await page.getByRole('banner').locator('.bg-leased, .bg-done').count()).toBe(0);
    stage.answerNow();
    await page.getByText('1 worker').first().waitFor();
    if (path === '/new') await page.getByRole('button', { name: 'Start the job' }).waitFor();
    if (path === '/operations') await page.getByRole('heading', { name: 'Kinds', exact: true }).waitFor();
    if (path === '/workers') await page.getByText('host, pid 1').waitFor();
    if (path === '/history') await page.getByRole('heading', { name: 'Duration by kind' }).waitFor();
    // The filter of kinds names it, too.
    await page.getByText('sum').filter({ visible: true }).first().waitFor();
    expect(await shift(page)).toBeLessThan(0.05);
  });

  it('says that nothing can be computed once that is known', async () => {
    stage.kinds = [];
    stage.workers = [];
    const page = await open('/new');
    await page.getByText('Nothing can be computed yet').waitFor();
    // What starts a worker stands below, and needs no other page.
    await page.getByRole('heading', { name: 'Add a worker' }).waitFor();
    await page.getByText('npx manyhands worker').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('what a job says of itself', () => {
  const withGaps = () =>
    aJobView({
      status: 'completed',
      kind: 'scrape',
      total_chunks: 200,
      completed_chunks: 180,
      failed_chunks: 20,
      progress: 1,
      result: 180,
      duration_sec: 9,
      detail: '20 of 200 chunks could not be computed; the result leaves them out.',
      chunks: { done: [[0, 180]], leased: [], failed: [[180, 200]], coarse: false },
    });

  it('a job that left chunks out is no plain success: on its page, in the list, in the title', async () => {
    const job = withGaps();
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await page.getByText('Completed with gaps').waitFor();
    expect(await page.title()).toContain('Completed with gaps');
    await page.getByText('Result of 180 of 200 chunks').waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/100 %/);
    expect(
      await page
        .locator('.status')
        .first()
        .evaluate((badge) => badge.className),
    ).not.toMatch(/done/);
    await page.getByRole('link', { name: 'Jobs' }).last().click();
    await page.waitForURL(/jobs$/);
    await page.getByText('180 of 200 chunks', { exact: true }).waitFor();
    expect(await page.getByText('Completed with gaps').count()).toBe(1);
  });

  it('a failed job has chunks that were not run, none that wait, and asks for nothing that cannot help', async () => {
    const job = aJobView({
      status: 'failed',
      total_chunks: 200,
      completed_chunks: 28,
      failed_chunks: 1,
      progress: 29 / 200,
      error: { code: 'compute_refused', message: 'n is odd', attempt: 1 } as never,
      chunks: { done: [[0, 28]], leased: [], failed: [[28, 29]], coarse: false },
    });
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await page.getByText('Not run', { exact: true }).waitFor();
    expect(await page.getByText('Waiting', { exact: true }).count()).toBe(0);
    expect(
      await page
        .getByRole('button', { name: 'Requeue 1 dead chunk' })
        .evaluate((button) => button.classList.contains('button-primary')),
    ).toBe(false);
    expect(
      await page.getByRole('link', { name: 'Run again' }).evaluate((link) => link.classList.contains('button-primary')),
    ).toBe(true);
  });

  it('is called the same in lists and on its page, whether or not the kind is known', async () => {
    stage.kinds = [aKindRegistration({ title: 'Count primes', kind: 'primes' })];
    const job = { ...withGaps(), kind: 'primes' };
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await page.getByText('Count primes').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('primes');
  });
});

describe('the operations page', () => {
  it('shows a queue whole, however long the name of its kind, and folds away kinds with nothing to do', async () => {
    const long = 'a-kind-with-thirty-two-letters-x';
    const idle = { waiting: 0, in_flight: 0, redelivered: 0 };
    stage.stats = {
      ...stage.stats,
      queues: [
        ...(['high', 'normal', 'low'] as const).map((lane) => ({
          kind: long,
          lane,
          waiting: 1_234_567,
          in_flight: 256,
          redelivered: 12_345,
        })),
        ...['b', 'c', 'd'].map((kind) => ({ kind, lane: 'normal' as const, ...idle })),
      ],
    };
    const page = await open('/operations');
    await page.getByText('Nothing to do for b, c, and d').waitFor();
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await sidewaysScroll(page)).toBeLessThanOrEqual(0);
      const cut = await page
        .getByRole('group', { name: 'Table of queues' })
        .evaluate((table) => ({ scrolls: getComputedStyle(table).overflowX, over: table.scrollWidth - table.clientWidth }));
      expect(cut.scrolls === 'auto' || cut.over <= 0, `at ${width} px`).toBe(true);
      if (width === 1440) expect(cut.over).toBeLessThanOrEqual(0);
    }
  });
});

describe('the form', () => {
  it('has its size and its priority chosen by pointer and by keyboard', async () => {
    stage.kinds = [aKindRegistration({ kind: 'primes', title: 'Count primes' })];
    const page = await open('/new');
    await page.getByRole('radio', { name: /^Small/ }).click();
    await page.getByText(/"n":1000000\b/).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText(/"n":1000000000\b/).waitFor();
    expect(await page.getByRole('radio', { name: /^Medium/ }).isChecked()).toBe(true);
    await page.getByRole('radio', { name: 'Normal' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText(/"priority":"low"/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  const start = (page: Page) => page.getByRole('button', { name: 'Start the job' });

  it('runs a job again as it was asked for, all of it', async () => {
    const job = aJobView({
      status: 'completed',
      progress: 1,
      params: { n: 77 },
      priority: 'high',
      total_chunks: 9,
      completed_chunks: 9,
      on_dead_chunk: 'continue',
      max_attempts: 1,
      soft_limit_sec: 2.5,
      hard_limit_sec: 4,
    });
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`);
    await page.getByRole('link', { name: 'Run again' }).click();
    await page.getByText('1 attempt, time limits, leaves dead chunks out').waitFor();
    await start(page).click();
    await soon(async () =>
      expect(stage.posted).toEqual([
        {
          kind: 'sum',
          params: { n: 77 },
          chunks: 9,
          priority: 'high',
          max_attempts: 1,
          soft_limit_sec: 2.5,
          hard_limit_sec: 4,
          on_dead_chunk: 'continue',
        },
      ]),
    );
  });

  it('keeps what was pasted, and says what is wrong with it below the field', async () => {
    const page = await open('/new');
    const [n, chunks] = [page.locator('.sjsf-number').first(), page.locator('#chunks')];
    for (const field of [n, chunks]) {
      await field.focus();
      await field.press('Control+a');
      await page.keyboard.insertText('1000.5');
      await field.blur();
      expect(await field.inputValue()).toBe('1,000.5');
    }
    await start(page).click();
    await soon(async () => expect(await page.getByText('Must be a whole number.').count()).toBe(2));
    await soon(async () => expect(await page.locator('[aria-invalid="true"]').count()).toBe(2));
    expect(await n.inputValue()).toBe('1,000.5');
    expect(stage.posted).toEqual([]);
    await n.fill('');
    await n.pressSequentially('10^3');
    await chunks.fill('10');
    await soon(async () => expect(await n.inputValue()).toBe('1,000'));
    await soon(async () => expect(await page.locator('#chunks-problem').count()).toBe(0));
    await start(page).click();
    await soon(async () => expect(stage.posted).toMatchObject([{ params: { n: 1000 }, chunks: 10 }]));
  });

  it('does not send a time that has passed as if it were now', async () => {
    const page = await open('/new');
    await page.getByText('Run later, or repeat').click();
    await page.getByRole('radio', { name: 'Later' }).click();
    await page.getByLabel('Time', { exact: true }).fill('2020-01-01T00:00');
    await page.getByRole('button', { name: 'Schedule the job' }).click();
    await page.getByText('This time has passed').waitFor();
    expect(stage.posted).toEqual([]);
  });
});

describe('words', () => {
  it('say how long jobs are kept as the gateway says it', async () => {
    stage.readiness = { ...stage.readiness, kept_hours: 6 };
    const page = await open('/jobs');
    await page.getByText('Kept for 6 hours after their last change.').waitFor();
    await page.goto(`${stage.baseUrl}/jobs/0199ffff-0000-7000-8000-000000000000`);
    await page.getByText('Jobs are kept for 6 hours').waitFor();
  });

  it('name the zone of each time, and a schedule by the clock it is read against', async () => {
    stage.schedules = [
      {
        schedule_id: newScheduleId(),
        kind: 'sum',
        params: { n: 1 },
        cron: '30 6 * * *',
        time_zone: 'Asia/Tokyo',
        status: 'scheduled',
        next_run_at: '2026-11-29T21:30:00.000Z',
        last_job_id: null,
        last_run_at: null,
      } as unknown as ScheduleView,
    ];
    const page = await open('/operations', { timezoneId: 'Europe/Berlin' });
    const cell = page.getByText('Nov 30, 2026, 06:30:00 GMT+9');
    await cell.waitFor();
    expect(await cell.getAttribute('title')).toBe('By your clock: Nov 29, 2026, 22:30:00 GMT+1');
  });
});

describe('long values', () => {
  it.each([320, 390, 1440])('break at %i px instead of pushing the page wide', async (width) => {
    const job = {
      ...runningJob(64, 10),
      kind: 'a-kind-with-thirty-two-letters-x',
      params: { n: '123456789012345678901234567890', [`name${'e'.repeat(60)}`]: 'x'.repeat(300) },
    };
    stage.show(job);
    const page = await open(`/jobs?kind=${'k'.repeat(300)}`, { viewport: { width, height: 800 } });
    for (const path of [
      '',
      '/jobs',
      `/jobs/${job.job_id}`,
      `/?kind=sum&params=${JSON.stringify({ n: '123456789012345678901234567890' })}`,
      '/operations',
    ]) {
      if (path !== '') await page.goto(stage.baseUrl + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      if (path.startsWith('/jobs/')) await page.getByRole('img', { name: /^Chunk map/ }).waitFor();
      await soon(async () => expect(await sidewaysScroll(page), path).toBeLessThanOrEqual(0));
    }
  });
});

describe('with colours of the user’s own, and on paper', () => {
  async function openGaps(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const job = aJobView({
      status: 'completed',
      total_chunks: 8,
      completed_chunks: 6,
      failed_chunks: 2,
      progress: 1,
      result: 5,
      chunks: { done: [[0, 6]], leased: [], failed: [[6, 8]], coarse: false },
    });
    stage.show(job);
    const page = await open(`/jobs/${job.job_id}`, options);
    await page.getByRole('img', { name: /^Chunk map/ }).waitFor();
    return page;
  }

  /** The colours that are painted on an element, from a picture of it. */
  async function colors(page: Page, selector: string): Promise<number> {
    const picture = (await page.locator(selector).first().screenshot()).toString('base64');
    return page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data: bytes } = context.getImageData(0, 0, image.width, image.height);
      const seen = new Map<string, number>();
      for (let at = 0; at < bytes.length; at += 4) {
        const key = [bytes[at], bytes[at + 1], bytes[at + 2]].map((value) => Math.round(value! / 16)).join(',');
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
      return [...seen.values()].filter((count) => count > (image.width * image.height) / 50).length;
    }, picture);
  }

  it('bars, legend and map can be told from their ground', async () => {
    const page = await openGaps({ forcedColors: 'active' });
    expect(await colors(page, '[role="progressbar"]')).toBeGreaterThanOrEqual(2);
    expect(await colors(page, 'canvas')).toBeGreaterThanOrEqual(2);
    // Of a job that has ended it names the states that there are, of one that runs all four.
    stage.show({ ...[...stage.jobs.values()][0]!, status: 'running' });
    await page.getByText('Waiting', { exact: true }).waitFor();
    const legend = await page
      .locator('.swatch')
      .evaluateAll((swatches) => swatches.map((swatch) => getComputedStyle(swatch).backgroundColor));
    expect(new Set(legend).size).toBe(4);
    for (const selector of ['[aria-current="page"]', '.status', '.dot']) {
      const drawn = await page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { outlineStyle, borderStyle } = getComputedStyle(element);
          return [outlineStyle, borderStyle].some((style) => style.includes('solid'));
        });
      expect(drawn, selector).toBe(true);
    }
  });

  it('a printed job is light, whole, and has nothing to press', async () => {
    const page = await openGaps({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 1_000 });
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('h1')!).color)).toBe('rgb(17, 21, 28)');
    await soon(async () => expect(await sidewaysScroll(page)).toBeLessThanOrEqual(0));
    expect(await page.locator('main button:visible, nav:visible').count()).toBe(0);
    await page.getByText('6 of 8 chunks').first().waitFor();
  });
});
