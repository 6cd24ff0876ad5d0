import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { submittedJob, type JobState } from '../job/state.ts';
import { newJobId } from '@manyhands/proto';
import { ActiveJobs } from './active-jobs.ts';

const jobOf = (tenant: string, msPerChunk: number | null = null, kind = 'sum'): JobState =>
  submittedJob(aSubmitJob({ job_id: newJobId(), tenant, kind, chunks: 100 }), 0, { size: 1, msPerChunk });

function active(...jobs: JobState[]): ActiveJobs {
  const all = new ActiveJobs();
  for (const job of jobs) all.see(job);
  return all;
}

it('a job alone has everything, also before it is under way', () => {
  const job = jobOf('one');
  expect(active().shareOf(job.submit)).toEqual({ part: 1, smallestPart: 1, longestMs: 150, jobsOfTenant: 1 });
  expect(active(job).shareOf(job.submit)).toMatchObject({ part: 1, jobsOfTenant: 1 });
  expect(active(job, job).shareOf(job.submit)).toMatchObject({ part: 1, jobsOfTenant: 1 });
});

it('tenants share in equal parts, and the jobs of each share its part', () => {
  const [one, ...many] = [jobOf('one'), jobOf('many'), jobOf('many'), jobOf('many')];
  const all = active(one!, ...many);
  expect(all.shareOf(one!.submit)).toMatchObject({ part: 1 / 2, smallestPart: 1 / 6, jobsOfTenant: 1 });
  expect(all.shareOf(many[0]!.submit)).toMatchObject({ part: 1 / 6, smallestPart: 1 / 6, jobsOfTenant: 3 });
  expect(all.shareOf(jobOf('third').submit)).toMatchObject({ part: 1 / 3, smallestPart: 1 / 9 });
});

it('jobs of another kind or lane do not count, and those that end or pause do not any more', () => {
  const [one, two, three] = [jobOf('one'), jobOf('one', 900, 'primes'), jobOf('two')];
  const all = active(one!, two!, three!, { ...jobOf('three'), submit: { ...jobOf('three').submit, lane: 'high' } });
  expect(all.shareOf(one!.submit)).toMatchObject({ part: 1 / 2, longestMs: 150 });
  all.see({ ...three!, status: 'paused' });
  expect(all.shareOf(one!.submit)).toMatchObject({ part: 1 });
  all.see(three!);
  expect(all.shareOf(one!.submit)).toMatchObject({ part: 1 / 2 });
  all.see({ ...three!, status: 'completed' });
  all.forget(three!.submit.job_id);
  expect(all.shareOf(one!.submit)).toMatchObject({ part: 1, smallestPart: 1 });
});

it('knows the longest leases, also when they become shorter', () => {
  const [slow, quick] = [jobOf('one', 900), jobOf('two', 1)];
  const all = active(slow!, quick!);
  expect(all.shareOf(quick!.submit).longestMs).toBe(900);
  all.see({ ...slow!, pace: { size: 1, msPerChunk: 400 } });
  expect(all.shareOf(quick!.submit).longestMs).toBe(400);
  all.see({ ...quick!, pace: { size: 1, msPerChunk: 2_000 } });
  expect(all.shareOf(quick!.submit).longestMs).toBe(2_000);
});
