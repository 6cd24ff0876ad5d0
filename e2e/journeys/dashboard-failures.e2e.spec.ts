/** Failures by what went wrong, in a real Chromium, of a gateway whose every answer the test decides. */
import { aJobView } from '@manyhands/testkit';
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
  await vi.waitFor(async () => expect(await requeue.getAttribute('aria-disabled')).toBe('true'), { timeout: 20_000 });
  expect(await requeue.getAttribute('title')).toContain('fail by the 15 others');

  await section.getByRole('button', { name: 'Discard 5 dead letters: page … has no charset' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard 5' }).click();
  await vi.waitFor(async () => expect(await groups.count()).toBe(2), { timeout: 20_000 });
  expect(stage.asked).toEqual([0, 1, 2, 3, 4].map((chunk) => `DELETE /v1/dead-letters/${jobId}-0-${chunk}`));
});

it('of the system: one cause in two jobs is one row, and both are requeued with one answer', async () => {
  stage.letters = [
    ...letters(jobs[0], 0, 3, (index) => `https://a.example/${index} answered 503`),
    ...letters(jobs[1], 7, 2, (index) => `https://b.example/${index} answered 503`),
    ...letters(jobs[1], 20, 1, () => 'the answer is empty'),
  ];
  await page.goto(`${stage.baseUrl}/operations`);
  const section = page.getByRole('region', { name: 'Dead letters', exact: true });
  const group = section.getByRole('button', { name: /^5 × … answered 503/ });
  await group.waitFor();
  expect(await group.innerText()).toContain('5 chunks of 2 jobs');
  await group.click();
  for (const id of jobs) await section.getByRole('region', { name: `Dead letters of scrape ${id.slice(-8)}` }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await section.getByRole('button', { name: 'Requeue 2 jobs: … answered 503' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByText('also those that failed with another error').waitFor();
  await question.getByRole('button', { name: 'Requeue', exact: true }).click();
  await section.getByText('the dead chunks of 2 jobs run again').waitFor();
  expect(stage.asked).toEqual(jobs.map((id) => `POST /v1/jobs/${id}/requeue`));
});
