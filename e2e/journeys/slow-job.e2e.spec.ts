/// <reference lib="dom" />
/** Where the time of a job went, on its page: in light and dark, on a phone and a desktop. */
import { aJobView } from '@manyhands/testkit';
import type { JobProfile } from '@manyhands/sdk';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const profile = (jobId: string): JobProfile => ({
  job_id: jobId,
  status: 'completed',
  measured_sec: 4,
  parts: [
    { part: 'computing', sec: 3.2, what: 'computing' },
    { part: 'queued', sec: 0.8, what: 'waiting for the first slot' },
  ],
  cause: 'skewed_chunks',
  advice: 'Chunk 7 took 3.1 s, where the median of a chunk is 100 ms: split what is large.',
  saved_by_slot_sec: 0,
  slots: { live: 2, used: 2, busy_sec: 4 },
  chunk_sec: { median: 0.1, p95: 0.2, longest: 3.1 },
  stragglers: [
    { begin: 7, end: 8, worker: 'host-1234-ab', slot: 1, began_sec: 0.8, took_sec: 3.1, times_median: 31 },
    { begin: 1_000, end: 1_200, worker: 'host-1234-ab', slot: 0, began_sec: 1, took_sec: 0.5, times_median: 1.2 },
  ],
  timeline: {
    stretch_sec: 0.064,
    rows: [0, 1].map((slot) => ({
      worker: 'host-1234-ab',
      slot,
      slots: 1,
      busy_sec: 2,
      chunks: 8,
      busy: Array.from({ length: slot === 1 ? 60 : 25 }, (_, at) => (at < 12 ? 0 : at % 7 === 3 ? 0.4 : 1)),
    })),
  },
});

it('shows the sentence and the parts, then each slot and what took longest; nothing for a job without a timing', async () => {
  const job = aJobView({
    status: 'completed',
    progress: 1,
    timing: {
      ms: 4_000,
      parts: { computing: 4_000 },
      at: '2026-11-21T23:40:04.000Z',
      doing: 'leasing',
      slots: 2,
      leases: 3,
      busy: { computing: 4_000, merging: 0, pacing: 0 },
      chunk_times: [],
      slowest: [],
      width_ms: 64,
      rows: [],
    },
  });
  stage.show(job);
  stage.profile = profile(job.job_id);
  await page.goto(`${stage.baseUrl}/jobs/${job.job_id}?tab=time`);
  const section = page.getByRole('region', { name: 'Where the time went' });
  await section.getByText(stage.profile.advice).waitFor();
  expect(await section.getByRole('list', { name: 'Parts of its time' }).getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringMatching(/^Computing\s+3\.20 s 80 %/) as string,
    expect.stringMatching(/^Waiting for the first slot\s+0\.80 s 20 %/) as string,
  ]);
  await section.getByRole('img', { name: 'host-1234-ab/1: busy for 2.00 s with 8 chunks' }).waitFor();
  await section.getByText('Chunks 1,000 to 1,199').waitFor();
  for (const mode of ['light', 'dark'])
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate((wanted) => document.documentElement.classList.toggle('dark', wanted === 'dark'), mode);
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      if (process.env['LOOK']) await section.screenshot({ path: `${process.env['LOOK']}/time-${mode}-${width}.png` });
    }
  const bare = aJobView({ job_id: '01935f6e-0000-7000-8000-00000000000b', status: 'completed', progress: 1 });
  stage.show(bare);
  await page.goto(`${stage.baseUrl}/jobs/${bare.job_id}?tab=time`);
  await page.getByRole('heading', { name: 'Workers' }).waitFor();
  expect(await section.count()).toBe(0);
});
