import { expect, test } from 'vitest';
import type { JobView } from '@manyhands/proto';
import { fetchJobs } from './newest-jobs.ts';

const stored = Array.from({ length: 450 }, (_, index) => ({ job_id: String(999 - index) }) as JobView);

function pages() {
  const asked: number[] = [];
  const fetchPage = (limit: number, cursor: string | null) => {
    asked.push(limit);
    const begin = cursor === null ? 0 : stored.findIndex(({ job_id }) => job_id === cursor) + 1;
    const jobs = stored.slice(begin, begin + limit);
    return Promise.resolve({ jobs, next_cursor: begin + limit < stored.length ? (jobs.at(-1)?.job_id ?? null) : null });
  };
  return { asked, fetchPage };
}

test('as many are read as were wanted, in pages no larger than the API has', async () => {
  const { asked, fetchPage } = pages();
  const rows = await fetchJobs(230, fetchPage);
  expect(asked).toEqual([200, 30]);
  expect(rows.jobs).toEqual(stored.slice(0, 230));
  expect(rows.cursor).toBe(rows.jobs.at(-1)?.job_id);
});

test('reading ends with the last job there is', async () => {
  const { asked, fetchPage } = pages();
  expect(await fetchJobs(600, fetchPage)).toEqual({ jobs: stored, cursor: null });
  expect(asked).toEqual([200, 200, 200]);
});

test('reading begins behind a job, however many came before it', async () => {
  const rows = await fetchJobs(230, pages().fetchPage, String(stored[99]!.job_id));
  expect(rows.jobs).toEqual(stored.slice(100, 330));
  expect(rows.cursor).toBe(rows.jobs.at(-1)?.job_id);
});
