/// <reference lib="dom" />
/** The frame around every page: navigation, keys, what finds things, how dense it is, and what a first visit weighs. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { newScheduleId } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { aSharedJob, sharedToken, StagedShare } from '../fixture/shared-job.ts';
import { onStage } from '../fixture/stage.ts';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import { pageOf } from '../fixture/staged-answers.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';
import { repository } from '../fixture/system.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const jobs = Array.from({ length: 3 }, (_, index) =>
  aJobView({
    job_id: `0199000${index}-0000-7000-8000-00000000000a`,
    params: { n: 1_000 + index },
    status: 'running',
    detail: null,
  }),
);

async function open(path: string): Promise<void> {
  for (const job of jobs) stage.jobs.set(job.job_id, job);
  stage.stats = { ...stage.stats, jobs: { running: 3, completed: 9 }, dead_letters: 2 };
  await page.goto(stage.baseUrl + path);
  await page.getByText('1 worker').first().waitFor();
}

/** Of words that do not fit into a line. */
const aLetter = {
  id: `${jobs[0]!.job_id}-0-0`,
  job_id: jobs[0]!.job_id,
  kind: 'k'.repeat(32),
  begin: 0,
  end: 1,
  round: 0,
  error: { code: 'compute_failed', message: `${'x'.repeat(300)} answered ${'503'.repeat(80)}`, retryable: false },
  runs: [],
  died_at: new Date().toISOString(),
};
const at = (path: string) => page.waitForURL((url) => url.pathname === path);
const soon = <T>(check: () => Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 50 });
/** Pixels that the page is wider than its window, or one of its tables than its place. */
const sideways = () =>
  page.evaluate(() => {
    const tables = document.querySelectorAll('[role="group"][aria-label^="Table of"]');
    return Math.max(...[document.documentElement, ...tables].map((each) => each.scrollWidth - each.clientWidth));
  });

it('finds jobs, pages and actions with a few letters, and gives the keyboard back', async () => {
  await open('/jobs');
  await page.getByText('n 1,001').waitFor();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('dialog').getByRole('combobox');
  await field.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await field.fill('sum 1,001');
  await soon(async () => expect(await page.getByRole('dialog').getByRole('option').count()).toBe(1));
  await field.press('Enter');
  await at(`/jobs/${jobs[1]!.job_id}`);

  const gone = '01990009-0000-7000-8000-00000000000b';
  await page.getByRole('button', { name: 'Find or go to' }).click();
  await field.fill(`http://elsewhere/jobs/${gone}`);
  await page.getByRole('dialog').getByRole('option', { name: gone }).click();
  await at(`/jobs/${gone}`);
  await page.keyboard.press('Control+k');
  await field.fill('no such thing');
  await page.getByText('Nothing fits.').waitFor();
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Find or go to' }).focus();
  await page.keyboard.press('Enter');
  await field.fill('dense');
  await field.press('Enter');
  await soon(async () => expect(await page.evaluate(() => document.documentElement.dataset['density'])).toBe('dense'));
  await soon(async () =>
    expect(await page.evaluate(() => document.activeElement?.getAttribute('title'))).toContain('Find or go to'),
  );
});

it('goes everywhere with keys, acts on the page, and leaves who types alone', async () => {
  await open('/jobs');
  await page.getByText('n 1,001').waitFor();
  const rowAt = () => page.evaluate(() => (document.activeElement as HTMLAnchorElement | null)?.pathname ?? '');
  await page.keyboard.press('j');
  expect(await rowAt()).toBe(`/jobs/${jobs[2]!.job_id}`);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  expect(await rowAt()).toBe(`/jobs/${jobs[1]!.job_id}`);
  // A box to tick takes no letters: from it they go on with its row.
  await page.getByRole('checkbox').nth(2).check();
  await page.keyboard.press('k');
  expect(await rowAt()).toBe(`/jobs/${jobs[2]!.job_id}`);
  await page.getByRole('checkbox').nth(2).uncheck();
  await page.keyboard.press('/');
  expect(await page.getByLabel('Search jobs').evaluate((field) => field === document.activeElement)).toBe(true);
  await page.locator(`main a[href="/jobs/${jobs[1]!.job_id}"]`).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('p');
  await soon(async () => expect(stage.asked).toContain(`POST /v1/jobs/${jobs[1]!.job_id}/pause`));

  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keys' });
  await sheet.getByText('Everywhere').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await sheet.getByRole('switch').click();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await page.keyboard.press('c');
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  expect(new URL(page.url()).pathname).toBe(`/jobs/${jobs[1]!.job_id}`);
  await page.evaluate(() => localStorage.removeItem('manyhands-single-keys'));
  await page.reload();
  await page.getByText('1 worker').first().waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await at('/history');
  await page.keyboard.press('/');
  await page.keyboard.type('gj');
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('gj');
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('c');
  await at('/new');
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await at('/jobs');
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await at('/new');
});

it('shows how much goes on beside the pages, and can be narrow and dense from the first paint on', async () => {
  await open('/jobs');
  const nav = page.getByRole('navigation', { name: 'Main' });
  await nav.getByRole('link', { name: 'Jobs 3 open' }).waitFor();
  await nav.getByRole('link', { name: 'Failures 2 dead letters' }).waitFor();
  await page.getByRole('banner').getByText('NATS ok').waitFor();
  const railWidth = () => page.getByRole('banner').evaluate((rail) => rail.getBoundingClientRect().width);
  const rowHeight = () =>
    page
      .locator('main li')
      .first()
      .evaluate((row) => row.getBoundingClientRect().height);
  expect(await railWidth()).toBe(216);
  const before = await rowHeight();
  await page.getByRole('button', { name: 'Narrow the navigation' }).click();
  await page.getByRole('button', { name: /^Density/ }).click();
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset['rail'] === 'narrow');
  await nav.getByRole('link', { name: 'Jobs' }).waitFor();
  expect(await railWidth()).toBe(56);
  await page.locator('main li').first().waitFor();
  expect(await rowHeight()).toBeLessThan(before);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'Widen the navigation' }).click();
  await soon(async () => expect(await railWidth()).toBe(216));
});

it('on a phone has four pages below and the others behind "More"; a low window loses no third to bars', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/jobs');
  const nav = page.getByRole('navigation', { name: 'Main' });
  expect(await nav.getByRole('link').count()).toBe(4);
  await nav.getByRole('button', { name: 'More' }).click();
  const sheet = page.getByRole('dialog', { name: 'More' });
  await sheet.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await sheet.getByRole('link', { name: 'Schedules' }).click();
  await at('/schedules');
  await sheet.waitFor({ state: 'detached' });
  for (const [width, height] of [
    [640, 400],
    [320, 256],
  ] as const) {
    await page.setViewportSize({ width, height });
    const kept = await page.evaluate(() =>
      [document.querySelector('header')!, document.querySelector('nav')!].map((bar) => getComputedStyle(bar).position),
    );
    expect(kept).toEqual(['static', 'static']);
    expect(await sideways(), `${width} px`).toBeLessThanOrEqual(0);
  }
});

it('scrolls sideways on no page, however its window was before', async () => {
  stage.schedules = [
    {
      schedule_id: newScheduleId(),
      kind: 'sum',
      params: { n: 1 },
      cron: '30 6 * * *',
      time_zone: 'Asia/Tokyo',
      status: 'scheduled',
    },
  ].map((each) => ({ ...each, next_run_at: null, last_job_id: null, last_run_at: null })) as unknown as typeof stage.schedules;
  stage.letters = [aLetter];
  const kind = 'k'.repeat(32);
  stage.kinds = [aKindRegistration({ kind }), ...stage.kinds];
  stage.workers = [aWorkerHeartbeat({ worker: `host-${'9'.repeat(20)}-ab`, kinds: [kind, 'sum'] })];
  await open('/new');
  const queue = { kind, lane: 'normal' as const, waiting: 1_234_567, in_flight: 256, redelivered: 12_345 };
  stage.stats = { ...stage.stats, queues: [queue, { ...queue, lane: 'high' }, { ...queue, lane: 'low' }] };
  const ofJob = `/jobs/${jobs[0]!.job_id}`;
  const paths = ['/new', '/welcome', '/jobs', ofJob, '/failures', '/history', '/schedules', '/workers', '/operations', '/docs'];
  for (const path of paths) {
    await page.evaluate((to) => document.querySelector<HTMLAnchorElement>(`a[href="${to}"]`)?.click(), path);
    if (!page.url().endsWith(path)) await page.goto(stage.baseUrl + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    for (const width of [1440, 390, 1440, 1024, 768, 320, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await soon(async () => expect(await sideways(), `${path} at ${width} px`).toBeLessThanOrEqual(0));
    }
  }
});

it('is light or dark as chosen, in every tab, and stays so', async () => {
  const shade = (of: Page) =>
    of.evaluate(() => ({
      dark: document.documentElement.classList.contains('dark'),
      scheme: document.documentElement.style.colorScheme,
      bar: document.querySelector<HTMLMetaElement>('meta[name=theme-color]')?.content,
    }));
  const [dark, light] = [
    { dark: true, scheme: 'dark', bar: '#0c1018' },
    { dark: false, scheme: 'light', bar: '#f7f9fb' },
  ];
  const context = await page.context().browser()!.newContext();
  const [one, other] = [await context.newPage(), await context.newPage()];
  await one.goto(`${stage.baseUrl}/jobs`);
  await one.getByRole('button', { name: 'Switch to light mode' }).waitFor();
  expect(await shade(one)).toEqual(dark);
  await other.goto(`${stage.baseUrl}/workers`);
  await other.getByRole('button', { name: 'Switch to light mode' }).click();
  await soon(async () => expect([await shade(one), await shade(other)]).toEqual([light, light]));
  await one.reload();
  await one.getByRole('button', { name: 'Switch to dark mode' }).waitFor();
  expect(await shade(one)).toEqual(light);
  await one.getByRole('button', { name: 'Switch to dark mode' }).click();
  await soon(async () => expect([await shade(one), await shade(other)]).toEqual([dark, dark]));
  // Who let the system choose, in an earlier release, has what it chooses now.
  await one.emulateMedia({ colorScheme: 'dark' });
  await one.evaluate(() => localStorage.setItem('mode-watcher-mode', 'system'));
  // A change is noticed in the frame after it.
  await one.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await one.emulateMedia({ colorScheme: 'light' });
  await soon(async () => expect(await shade(one)).toEqual(light));
  await one.emulateMedia({ colorScheme: 'dark' });
  await soon(async () => expect(await shade(one)).toEqual(dark));
  await context.close();
});

/** At three widths: the name of the product, the heading of the page and the sentence below it, each with its place in pixels. */
async function heads(): Promise<{ text: string; place: string }[][]> {
  const seen = [];
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 800 });
    seen.push(
      await page.evaluate(() => {
        const heading = document.querySelector('h1');
        const after = heading?.nextElementSibling;
        return [document.querySelector('header .text-done + span'), heading, after?.matches('p') ? after : null].flatMap(
          (element) => {
            if (element == null) return [];
            const { x, y } = element.getBoundingClientRect();
            return [{ text: element.textContent.trim().replaceAll(/\s+/g, ' '), place: `${Math.round(x)}, ${Math.round(y)}` }];
          },
        );
      }),
    );
  }
  return seen;
}

it('before its program is there, a page shows its heading where it stays', async () => {
  const boot = '**/boot.*.js';
  for (const path of ['/welcome', '/jobs', '/new', '/failures', '/history', '/schedules', '/workers', '/operations']) {
    await page.route(boot, (route) => route.abort());
    await page.goto(stage.baseUrl + path);
    await page.locator('#first-sight h1').waitFor();
    const first = await heads();
    await page.unroute(boot);
    await page.goto(stage.baseUrl + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.locator('#first-sight').count()).toBe(0);
    const whole = await heads();
    // A sentence may go on with what has to be found out.
    const begun = whole.map((parts, at) =>
      parts.map(({ text, place }, part) => ({ text: text.slice(0, first[at]![part]?.text.length), place })),
    );
    expect(first, path).toEqual(begun);
    expect(first[0], path).toHaveLength(path === '/new' ? 2 : 3);
  }
});

/** Kilobytes of the dashboard's own files, compressed as a gateway sends them, that a first visit may take. The page of a new job has what makes forms of schemas. */
const mostKb = { landing: 120, jobs: 122, docs: 123, welcome: 121, share: 122, new: 172 };

it.each(Object.entries(mostKb))('a first visit weighs little: %s, at most %i KB', async (name, most) => {
  if (name === 'landing') stage.accounts = new StagedAccounts();
  if (name === 'share') {
    const share = new StagedShare();
    share.job = aSharedJob();
    await share.at(page);
  }
  if (name === 'welcome') stage.kinds = [aKindRegistration({ kind: 'primes' })];
  const [paths, files] = [
    { landing: '/', jobs: '/jobs', docs: '/docs/cli', welcome: '/welcome', share: `/share/${sharedToken}`, new: '/new' },
    new Set<string>(),
  ];
  for (const job of jobs) stage.jobs.set(job.job_id, job);
  page.on('request', (request) => files.add(new URL(request.url()).pathname));
  await page.goto(stage.baseUrl + paths[name as keyof typeof paths]);
  await page
    .getByText(/^(Try it, without|n 1,001|Exit codes|Watch it work|Each chunk counts once|No estimate yet)/)
    .first()
    .waitFor();
  await page.waitForLoadState('networkidle');
  const own = [...files].filter((path) => /^\/(_app|theme|favicon)/.test(path)).concat(pageOf(new URL(page.url()).pathname));
  const weightOf = (path: string): number => {
    const file = join(repository, 'web/build', path);
    return statSync(statSync(`${file}.br`, { throwIfNoEntry: false }) ? `${file}.br` : file).size;
  };
  const weights = own.map((path) => `${path} ${weightOf(path)}`);
  expect(own.reduce((sum, path) => sum + weightOf(path), 0) / 1_000, weights.join('\n')).toBeLessThan(most);
  expect(own.length).toBeLessThanOrEqual(20);
});

it('blurs nothing that is behind: drawn without a graphics card, a window of it takes longer than a frame, each time something turns', () => {
  const styles = globSync('_app/**/*.css', { cwd: join(repository, 'web/build') });
  const blurring = styles.filter((file) => readFileSync(join(repository, 'web/build', file), 'utf8').includes('backdrop-filter'));
  expect(styles).not.toEqual([]);
  expect(blurring).toEqual([]);
});
