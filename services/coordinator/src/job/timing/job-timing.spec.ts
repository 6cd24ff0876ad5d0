import { decode, encode, JobView, type WireError } from '@manyhands/proto';
import { aLeaseComputed, aLeaseFailed, aPauseJob, aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ALONE } from '../../scheduling/share.ts';
import { jobBehaviour, type JobMessage } from '../job.actor.ts';
import type { JobState } from '../state.ts';
import { viewOf } from '../view.ts';

const submit = aSubmitJob({ chunks: 4 });
const { job_id, tenant } = submit;
const boom: WireError = { code: 'compute_failed', message: 'boom', retryable: true };

/** A job that goes through these messages, each with the time it was stored. */
function ran(messages: readonly [number, JobMessage][], slots = 2, given: Partial<typeof submit> = {}): JobState {
  const surroundings = { slotsOf: () => slots, shareOf: () => ALONE, paceOf: () => undefined };
  const all: [number, JobMessage][] = [[1_000, { ...submit, ...given }], ...messages];
  return all.reduce<JobState | null>(
    (state, [storedAtMs, message], at) =>
      jobBehaviour.decide(state, { actorId: job_id, sequence: at + 1, storedAtMs, redelivered: false, message }, surroundings)
        .state,
    null,
  )!;
}
const partsOf = (job: JobState) => viewOf(job, 2).timing!.parts;
const chunk = (begin: number, compute_ms: number, given = {}) =>
  aLeaseComputed({ job_id, begin, end: begin + 1, compute_ms, ...given });

it('the time before the first lease begins, and between leases', () => {
  const job = ran([
    [1_500, chunk(0, 300)],
    [1_900, chunk(1, 350)],
  ]);
  expect(partsOf(job)).toEqual({ queued: 200, computing: 650, leasing: 50 });
  expect(viewOf(job, 2).timing).toMatchObject({
    ms: 900,
    doing: 'leasing',
    slots: 2,
    leases: 2,
    at: new Date(1_900).toISOString(),
  });
});

it('the wait for the time of a retry, of a job that has nothing else to do', () => {
  const failing = ran([[1_100, chunk(0, 100, { partial: undefined, failed: [{ chunk: 0, error: boom }] })]], 2, { chunks: 1 });
  expect(viewOf(failing, 2).timing!.doing).toBe('retrying');
  const due = failing.timerAtMs!;
  const rang = ran(
    [
      [1_100, chunk(0, 100, { partial: undefined, failed: [{ chunk: 0, error: boom }] })],
      [due, { v: 1, type: 'TimerDue', job_id, timer: 'retry', at_ms: due }],
      [due + 40, chunk(0, 30, { attempt: 1 })],
    ],
    2,
    { chunks: 1 },
  );
  expect(partsOf(rang)).toEqual({ computing: 130, retrying: due - 1_100, leasing: 10 });
});

it('a job of a kind that no worker has, then a worker', () => {
  const job = ran([[61_000, chunk(0, 50)]], 0);
  expect(partsOf(job)).toEqual({ no_worker: 59_950, computing: 50 });
  expect(viewOf(job, 0).timing!.doing).toBe('no_worker');
});

it('a pause, and the leases it took back', () => {
  const job = ran([
    [1_300, aPauseJob({ job_id, tenant })],
    [3_300, { ...aPauseJob({ job_id, tenant }), type: 'ResumeJob' }],
  ]);
  expect(partsOf(job)).toEqual({ unanswered: 300, stopped: 2_000 });
});

it('a cancelled job: what was out came to nothing', () => {
  const job = ran([
    [1_100, chunk(0, 100)],
    [1_700, { v: 1, type: 'CancelJob', job_id, tenant, requested_at: '2026-01-01T00:00:00.000Z' }],
  ]);
  expect(partsOf(job)).toEqual({ computing: 100, unanswered: 600 });
});

it('a lease whose worker was lost', () => {
  const error: WireError = { code: 'worker_lost', message: 'gone', retryable: true };
  expect(partsOf(ran([[9_000, aLeaseFailed({ job_id, begin: 0, end: 1, error })]]))).toEqual({ unanswered: 8_000 });
});

it('chunks that at_once holds back while slots are free', () => {
  const job = ran([[1_400, chunk(0, 400)]], 4, { at_once: 1 });
  expect(partsOf(job)).toEqual({ at_once: 300, computing: 100 });
});

it('where the clock of the broker goes back an hour no part goes below 0', () => {
  const job = ran([
    [1_100, chunk(0, 100)],
    [-3_600_000, chunk(1, 100)],
    [-3_599_900, chunk(2, 100)],
  ]);
  expect(viewOf(job, 2).timing).toMatchObject({ ms: 200, parts: { computing: 200 } });
});

it('the view of it is small, and is read again, of a million chunks as of four', () => {
  let job = ran([], 300, { chunks: 1_000_000 });
  const surroundings = { slotsOf: () => 300, shareOf: () => ALONE, paceOf: () => undefined };
  for (let turn = 0; turn < 2_000; turn += 1) {
    const [lease] = job.leases;
    const [begin, end] = lease!.span;
    const message = aLeaseComputed({
      job_id,
      begin,
      end,
      attempt: 0,
      compute_ms: (turn * 37) % 997,
      worker: `w-${turn % 40}`,
      slot: turn % 8,
    });
    job = jobBehaviour.decide(
      job,
      { actorId: job_id, sequence: turn + 2, storedAtMs: job.atMs + ((turn * 13) % 50), redelivered: false, message },
      surroundings,
    ).state!;
  }
  const view = decode(JobView, encode(viewOf(job, 300)));
  expect(view.timing!.leases).toBe(2_000);
  expect(JSON.stringify(view.timing).length).toBeLessThan(6_000);
  expect(Object.values(view.timing!.parts).reduce((sum, ms) => sum + ms, 0)).toBe(view.timing!.ms);
});
