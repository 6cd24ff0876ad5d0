/** Failures by what went wrong, in a real Chromium, of a gateway whose every answer the test decides. */
import { aJobView, eventually } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { accessibilityProblems } from '../fixture/browser.ts';
import { onStage } from '../fixture/stage.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

let stage: StagedGateway;
let page: Page;
onStage((staged) => ({ stage, page } = staged));

const jobs = ['0199aaaa-0000-7000-8000-00000000000a', '0199aaaa-0000-7000-8000-00000000000b'] as const;

function letters(jobId: string, from: number, count: number, messageOf: (index: number) => string) {
  return Array.from({ length: count }, (_, index) => ({
    id: `${jobId}-0-${from + index}`,
    job_id: jobId,
    kind: 'scrape',
    begin: from + index,
    end: from + index + 1,
    round: 0,
    error: { code: 'compute_failed', message: messageOf(index), retryable: false },
    runs: [],
    died_at: new Date(Date.now() - index * 60_000).toISOString(),
  }));
}

it('of a job: twenty dead chunks with three causes are three rows; one is opened, run again without the others, and discarded', async () => {
  const [jobId] = jobs;
  const policy = { on_dead_chunk: 'continue' as const };
  const job = aJobView({ job_id: jobId, status: 'completed', kind: 'scrape', total_chunks: 200, failed_chunks: 20, ...policy });
  stage.show(job);
  stage.letters = [
    ...letters(jobId, 0, 5, (index) => `page ${index} has no charset`),
    ...letters(jobId, 10, 12, (index) => `https://a.example/${index} answered 503`),
    ...letters(jobId, 30, 3, () => 'the answer is empty'),
  ];
  await page.goto(`${stage.baseUrl}/jobs/${jobId}?tab=failures`);
  const section = page.getByRole('region', { name: 'Dead chunks' });
  const groups = section.getByRole('button', { name: /^\d+ × / });
  await vi.waitFor(async () => expect(await groups.count()).toBe(3), { timeout: 20_000 });
  expect(await groups.first().innerText()).toMatch(/^12 ×\s+… answered 503\s+compute_failed · 12 chunks/);
  await section.getByRole('button', { name: /5 × page … has no charset/ }).click();
  await section.getByRole('button', { name: /^Chunk 4 page 4 has no charset/ }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);

  const requeue = section.getByRole('button', { name: 'Requeue 5: page … has no charset' });
  await requeue.focus();
  await page.keyboard.press('Enter');
  await vi.waitFor(() => expect(stage.posted).toEqual([{ chunks: [[0, 5]] }]), { timeout: 20_000 });
  expect(stage.asked.splice(0)).toEqual([`POST /v1/jobs/${jobId}/requeue`]);
  // A job that fails by what is left runs all of it again, or nothing.
  stage.show({ ...job, status: 'failed', on_dead_chunk: 'fail' });
  // The request before disables it too, for as long as it takes.
  await vi.waitFor(async () => expect(await requeue.getAttribute('title')).toContain('fail by the 15 others'), {
    timeout: 20_000,
  });
  expect(await requeue.getAttribute('aria-disabled')).toBe('true');

  await section.getByRole('button', { name: 'Discard 5 dead letters: page … has no charset' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard 5' }).click();
  await vi.waitFor(async () => expect(await groups.count()).toBe(2), { timeout: 20_000 });
  expect(stage.asked).toEqual([0, 1, 2, 3, 4].map((chunk) => `DELETE /v1/dead-letters/${jobId}-0-${chunk}`));
});

it('of the system: one cause in two jobs is one row, found by its words, and leads to the chunks of each', async () => {
  stage.letters = [
    ...letters(jobs[0], 0, 3, (index) => `https://a.example/${index} answered 503`),
    ...letters(jobs[1], 7, 2, (index) => `https://b.example/${index} answered 503`),
    ...letters(jobs[1], 20, 1, () => 'the answer is empty'),
  ];
  stage.answering = false;
  await page.goto(`${stage.baseUrl}/failures`);
  const section = page.getByRole('region', { name: 'Groups of failures' });
  await section.getByText('Loading …').waitFor({ state: 'attached' });
  stage.answerNow();
  const groups = section.getByRole('button', { name: /^\d+ × / });
  await vi.waitFor(async () => expect(await groups.count()).toBe(2), { timeout: 20_000 });
  expect(await groups.first().innerText()).toMatch(/^5 ×\s+… answered 503\s+compute_failed · scrape ·\s+5 chunks of 2 jobs/);
  await section.getByRole('img', { name: /^5 died in the last 24 hours/ }).waitFor();

  await page.keyboard.press('/');
  await page.keyboard.type('b.example');
  await vi.waitFor(async () => expect(await groups.count()).toBe(1), { timeout: 20_000 });
  await page.waitForURL('**/failures?text=b.example');
  // The only one is open.
  const list = section.getByRole('list', { name: 'Jobs of … answered 503' });
  await list.getByText('Chunks 0–2').waitFor();
  await section.getByText('https://b.example/1 answered 503').waitFor();
  expect(await list.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
    `/jobs/${jobs[1]}?tab=failures`,
    `/jobs/${jobs[0]}?tab=failures`,
  ]);
  await list.getByRole('button', { name: /^Chunks 7–8/ }).click();
  await list.getByRole('button', { name: /^Chunk 8/ }).waitFor();
  expect(await list.getByText('the answer is empty').count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('searchbox').fill('no such words');
  await section.getByText('No failure fits these filters.').waitFor();
  await section.getByRole('button', { name: 'Show all failures' }).click();
  await vi.waitFor(async () => expect(await groups.count()).toBe(2), { timeout: 20_000 });
  stage.letters = [];
  await section.getByText('No chunk is dead.').waitFor();
});

it('of the system: the only dead chunk shows what happened to it, until its group is closed', async () => {
  const [letter] = letters(jobs[0], 7, 1, () => 'the answer is empty');
  const run = { run: 1, code: 'compute_failed', message: 'the answer is empty', worker: 'anvil-1-a', at: letter!.died_at };
  const dead = { ...letter!, runs: [run] };
  stage.letters = [dead];
  await page.goto(`${stage.baseUrl}/failures`);
  const section = page.getByRole('region', { name: 'Groups of failures' });
  await section.getByRole('list', { name: 'Attempts of chunk 7' }).getByText('the answer is empty').waitFor();
  // What all of a group state is not repeated as an example.
  expect(await section.getByText(/^For example/).count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  const group = section.getByRole('button', { name: /^1 × the answer is empty/ });
  await group.click();
  await section.getByText('Attempt 1').waitFor({ state: 'detached' });
  await group.click();
  await section.getByText('Attempt 1').waitFor();
});

it('of the system: a group is requeued in all of its jobs, with the others of a job only where that is asked for, or discarded', async () => {
  stage.letters = [
    ...letters(jobs[0], 0, 3, (index) => `https://a.example/${index} answered 503`),
    ...letters(jobs[1], 7, 2, (index) => `https://b.example/${index} answered 503`),
    ...letters(jobs[1], 20, 1, () => 'the answer is empty'),
  ];
  stage.together.add(jobs[1]);
  await page.goto(`${stage.baseUrl}/failures`);
  const section = page.getByRole('region', { name: 'Groups of failures' });
  const dialog = page.getByRole('dialog');
  const requeue = section.getByRole('button', { name: 'Requeue: … answered 503' });
  await requeue.click();
  await dialog.getByText('1 job runs these chunks again').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Requeue 1 job' }).click();
  await dialog.getByText('1 of 2 jobs requeued, 1 refused.').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await section.getByRole('button', { name: /^2 × … answered 503/ }).waitFor();
  expect(stage.posted).toEqual([{ up_to: '7', limit: 100, others: 'leave' }]);
  await eventually(async () => expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1'));

  await requeue.click();
  const others = dialog.getByRole('checkbox', { name: 'Requeue 1 job with all of its dead chunks' });
  await others.waitFor();
  expect(await dialog.getByRole('button', { name: 'Requeue 0 jobs' }).isDisabled()).toBe(true);
  await others.check();
  await dialog.getByRole('button', { name: 'Requeue 1 job' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  expect(stage.posted.at(-1)).toEqual({ up_to: '7', limit: 100, others: 'requeue' });

  await section.getByRole('button', { name: 'Discard: the answer is empty' }).click();
  await dialog.getByRole('button', { name: 'Discard 1 dead letter' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await section.getByText('No chunk is dead.').waitFor();
  const paths = stage.asked.map((path) => path.replace(/\/\w{16}\//, '/…/'));
  expect(paths).toEqual(['requeue', 'requeue', 'discard'].map((action) => `POST /v1/failures/…/${action}`));
});
