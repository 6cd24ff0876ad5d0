/// <reference lib="dom" />
/** The lanes of a job on its page: 64 slots and ten minutes while they fill, by mouse, by keyboard and as a table; light and dark, phone and desktop. */
import { packedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import type { AnsweredLeases, JobView } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityProblems, threadMs } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const slots = 64;
const tenMinutes = 600_000;
const leaseMs = 7_500;

/** Lease number `at` of a job that fills all slots: each row of 64 begins where the one before ended. */
function leaseAt(at: number): AnsweredLease {
  const [row, slot] = [Math.floor(at / slots), at % slots];
  return {
    op: 'compute',
    begin: at * 20,
    end: at * 20 + 20,
    attempt: 1,
    worker: `host-${1 + Math.floor(slot / 16)}-ab`,
    slot: slot % 16,
    from_ms: row * leaseMs + slot * 3,
    took_ms: leaseMs - 500 - (at % 7) * 300,
    outcome: at === 70 ? 'failed' : at === 130 ? 'lost' : 'computed',
    failed_chunks: at === 70 ? 3 : 0,
  };
}

function pageAt(job: JobView, first: number, count: number): AnsweredLeases {
  const leases = Array.from({ length: count }, (_, at) => leaseAt(first + at));
  return { v: 1, type: 'AnsweredLeases', job_id: job.job_id, first, through: first + count, ...packedLeases(leases) };
}

function jobAt(ms: number): JobView {
  const timing = {
    ms,
    parts: { computing: ms },
    at: new Date().toISOString(),
    doing: 'computing' as const,
    slots,
    leases: 5_000,
  };
  return aJobView({
    status: 'running',
    total_chunks: 100_000,
    completed_chunks: 50_000,
    progress: 0.5,
    chunks: { done: [[0, 50_000]], leased: [], failed: [], coarse: false },
    timing: {
      ...timing,
      busy: { computing: ms, merging: 0, pacing: 0 },
      chunk_times: [],
      slowest: [],
      width_ms: 1_000,
      rows: [],
    },
  });
}

it('64 lanes of ten minutes fill with a part of the thread, and are read by mouse, keyboard and table', async () => {
  const job = jobAt(tenMinutes - 20_000);
  stage.show(job);
  for (let first = 0; first < 4_000; first += 100) stage.answer(pageAt(job, first, 100));
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=lanes`);
  const lanes = page.getByRole('region', { name: 'Lanes' });
  const timeline = lanes.getByRole('application', { name: /Lanes of 64 slots/ });
  await timeline.waitFor();
  await timeline.scrollIntoViewIfNeeded();

  let first = 4_000;
  const ms = await threadMs(page, () => {
    stage.answer(pageAt(job, first, 100));
    first += 100;
  });
  if (process.env['LOOK']) console.log(`${ms.toFixed(0)} ms of processor in 2 s`);
  // A quarter of the thread, of which four pages that come are the most: the rest is for frames.
  expect(ms).toBeLessThan(500);

  // It is over: the clock of the lanes stands.
  stage.show({ ...jobAt(tenMinutes), job_id: job.job_id, status: 'completed', progress: 1 });
  await lanes.getByText('With failures').waitFor();
  await timeline.focus();
  for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await lanes.getByText(/^Chunks \d.* on host-1-ab\/\d+, from .*\.$/).waitFor();
  const before = await lanes.getByText(/^Chunks/).innerText();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => lanes.getByText(/^Chunks/).innerText()).not.toBe(before);
  await page.keyboard.press('+');
  await page.keyboard.press('Home');
  // The sixth lane, at its first moments.
  const box = (await timeline.boundingBox())!;
  await timeline.click({ position: { x: box.width * 0.1, y: 6 * 14 + 5 } });
  await lanes.getByText(/ on host-1-ab\/6, /).waitFor();
  await lanes.getByRole('button', { name: 'As a table' }).click();
  expect(await lanes.getByRole('row').count()).toBe(slots + 1);
  await lanes.getByRole('row', { name: /^host-1-ab\/6 / }).waitFor();

  // The map by time, and one chunk of it: number 1,400 was in the lease whose three chunks failed.
  await page.getByRole('tab', { name: 'Map' }).click();
  const map = page.getByRole('region', { name: 'Chunk map' });
  await map.getByRole('radio', { name: 'Time' }).check();
  expect(await map.getByRole('list', { name: 'Shades' }).getByRole('listitem').count()).toBe(5);
  await map.getByRole('spinbutton', { name: 'Chunk' }).fill('1400');
  await map.getByText(/^Chunks 1,400 to 1,419: 3 failed, in .* on host-1-ab\/6, from 7\.52 s on\.$/).waitFor();
  await page.getByText(/^Done in 10 min 00 s, with 1\.0 of 64 slots busy on average\./).waitFor();

  for (const tab of ['Map', 'Lanes']) {
    await page.getByRole('tab', { name: tab }).click();
    for (const mode of ['light', 'dark'])
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((wanted) => document.documentElement.classList.toggle('dark', wanted === 'dark'), mode);
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        if (width === 1440) expect(await accessibilityProblems(page)).toEqual([]);
        if (process.env['LOOK'])
          await page.getByRole('tabpanel').screenshot({ path: `${process.env['LOOK']}/${tab}-${mode}-${width}.png` });
      }
  }
});
