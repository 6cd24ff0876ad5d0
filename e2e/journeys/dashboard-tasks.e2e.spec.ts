/// <reference lib="dom" />
/**
 * What somebody does who sees the dashboard for the first time: played from the list of jobs by what can be seen and pressed, without an address or a key, each within its
 * clock. In a real Chromium, of a gateway whose every answer the test decides.
 */
import { readFileSync } from 'node:fs';
import type { JobView } from '@manyhands/proto';
import type { JobProfile } from '@manyhands/sdk';
import { aJobView } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const soon = <T>(check: () => Promise<T> | T): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 50 });
const dayMs = 86_400_000;
const idOf = (index: number): string => `0199${String(index).padStart(4, '0')}-0000-7000-8000-00000000000c`;

function stored(index: number, given: Partial<JobView>): JobView {
  const job = aJobView({ job_id: idOf(index), detail: null, ...given });
  stage.show(job);
  return job;
}

/** Opens the list of jobs, then plays the task against its clock. */
async function within(seconds: number, task: () => Promise<void>): Promise<void> {
  await page.goto(`${stage.baseUrl}/jobs`);
  await page.locator('main li').first().waitFor();
  const begunMs = performance.now();
  await task();
  expect(performance.now() - begunMs).toBeLessThan(seconds * 1_000);
}
const press = (role: 'button' | 'link' | 'tab', name: string | RegExp) => page.getByRole(role, { name }).first().click();
const row = (text: string) => page.locator('main li', { hasText: text });
const goTo = async (name: string) => {
  await page.getByRole('navigation').getByRole('link', { name, exact: false }).first().click();
  // Until it is there, the filters in sight are those of the page before.
  await page.getByRole('heading', { level: 1, name }).waitFor();
};

const timing = (computing: number): JobView['timing'] => ({
  ...{ ms: 60_000, parts: { computing: 60_000 }, at: new Date().toISOString(), doing: 'computing', slots: 4, leases: 9 },
  ...{ busy: { computing, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 1_000, rows: [] },
});

it('finds the scrape that failed yesterday', async () => {
  stored(1, { status: 'running' });
  const error = { code: 'compute_failed' as const, message: 'the proxy answered 407', retryable: false };
  const yesterday = new Date(Date.now() - dayMs).toISOString();
  stage.finished = Array.from({ length: 40 }, (_, index) =>
    aJobView({
      job_id: idOf(index),
      kind: index % 4 === 0 ? 'scrape' : 'sum',
      params: { site: `site-${index}` },
      created_at: index === 20 ? yesterday : new Date(Date.now() - 3 * dayMs - index * 60_000).toISOString(),
      ...(index === 20 ? { status: 'failed', error } : { status: 'completed', progress: 1, result: index }),
      finished_at: yesterday,
    }),
  ) as typeof stage.finished;
  await within(15, async () => {
    await goTo('History');
    await page.getByLabel('Status').selectOption('Failed');
    await expect.poll(() => page.locator('main li').count(), { timeout: 10_000 }).toBe(1);
    await row('scrape').getByText('the proxy answered 407').first().waitFor();
  });
});

it('says why a job is slow', async () => {
  const slow = stored(1, { status: 'running', eta_sec: 900, timing: timing(72_000) });
  const advice = 'Three hosts answer slowly: raise how many are asked at once.';
  stage.profile = {
    job_id: slow.job_id,
    status: 'running',
    cause: 'pacing',
    advice,
    parts: [],
    stragglers: [],
  } as unknown as JobProfile;
  await within(20, async () => {
    await row('sum').getByRole('link').click();
    await page.getByText(`Slower than it could be: 1.2 of 4 slots busy. ${advice}`).waitFor();
  });
});

it('requeues every 503 over three jobs at once', async () => {
  stage.letters = [1, 2, 3].flatMap((job) =>
    [0, 1].map((chunk) => ({
      ...{ id: `${idOf(job)}-0-${chunk}`, job_id: idOf(job), kind: 'scrape', begin: chunk, end: chunk + 1, round: 0, runs: [] },
      error: { code: 'compute_failed', message: `https://${job}${chunk}.example answered 503`, retryable: true },
      died_at: new Date().toISOString(),
    })),
  );
  for (const job of [1, 2, 3]) stored(job, { kind: 'scrape', status: 'failed', failed_chunks: 2 });
  await within(20, async () => {
    await goTo('Failures');
    await press('button', /^Requeue: … answered 503/);
    await press('button', 'Requeue 3 jobs');
    await page.getByRole('dialog', { name: '3 jobs requeued' }).waitFor();
  });
  expect(stage.asked).toHaveLength(1);
});

it('runs a job again with ten times the n', async () => {
  stored(1, { status: 'completed', progress: 1, params: { n: 1_000 }, result: 500_500 });
  stage.accepts = aJobView({ job_id: idOf(2), status: 'running', params: { n: 10_000 } });
  await within(10, async () => {
    await row('n 1,000').getByRole('link').click();
    await press('link', 'Run again');
    await page.getByRole('textbox', { name: /^n\b/ }).first().fill('10000');
    await press('button', 'Start the job');
    await page.waitForURL(`**/jobs/${idOf(2)}`);
  });
  expect(stage.posted).toEqual([expect.objectContaining({ kind: 'sum', params: { n: 10_000 } })]);
});

it('exports rows as CSV', async () => {
  stored(1, { kind: 'report', status: 'completed', progress: 1, result: [{ day: 'mon', cents: 12 }] });
  await within(10, async () => {
    await row('report').getByRole('link').click();
    const [download] = await Promise.all([page.waitForEvent('download'), press('button', 'CSV')]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('day,cents\r\nmon,12\r\n');
  });
});

it('asks to be notified when a job ends', async () => {
  await page.addInitScript(() => {
    const told: string[] = [];
    class Notification {
      static requestPermission = () => Promise.resolve('granted');
      constructor(title: string) {
        told.push(title);
      }
    }
    Object.assign(globalThis, { Notification, told });
  });
  const job = stored(1, { status: 'running' });
  await within(5, async () => {
    await row('sum').getByRole('link').click();
    await press('button', 'Notify me');
    await page.getByRole('button', { name: 'Notify me', pressed: true }).waitFor();
  });
  stage.show({ ...job, status: 'completed', progress: 1, result: 7 });
  const told = () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  await soon(async () => expect(await told()).toEqual(['sum: Completed']));
});
