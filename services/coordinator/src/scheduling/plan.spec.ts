import type { ComputeLease } from '@manyhands/proto';
import { aLeaseComputed, aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { endedIfOver } from '../job/finish.ts';
import { foldResult } from '../job/fold.ts';
import { planLeases } from './plan.ts';
import { assertWhole, submittedJob, type JobState } from '../job/state.ts';

const jobOf = (chunks: number): JobState => submittedJob(aSubmitJob({ chunks }), 1_000);

describe('the window', () => {
  it('is twice the live slots, and two leases wait even when there is none', () => {
    expect(planLeases(jobOf(100), 4).issued).toHaveLength(8);
    expect(planLeases(jobOf(100), 0).issued).toHaveLength(2);
  });

  it('is not refilled while it is full', () => {
    const { job } = planLeases(jobOf(100), 2);
    expect(planLeases(job, 2)).toEqual({ job, issued: [] });
  });
});

it('no lease holds more chunks than it may', () => {
  const light: JobState = { ...jobOf(100), pace: { size: 1_000, msPerChunk: 0.01 } };
  expect(lengthsOf(planLeases(light, 1).issued)).toEqual([100]);
  expect(lengthsOf(planLeases(light, 1, undefined, 30).issued)).toEqual([30, 30, 30, 10]);
  expect(lengthsOf(planLeases(light, 1, undefined, 1).issued)).toEqual(Array.from({ length: 64 }, () => 1));
});

it('the first lease starts the job, at the time of the message', () => {
  expect(planLeases(jobOf(3), 1).job).toMatchObject({ status: 'running', startedAtMs: 1_000 });
});

it('a lease says all a worker needs', () => {
  const { job, issued } = planLeases(jobOf(3), 1);
  const { submit } = job;
  expect(issued[0]).toEqual({
    v: 1,
    type: 'ComputeLease',
    job_id: submit.job_id,
    tenant: 'local',
    lease: '0-1-0',
    kind: 'sum',
    lane: 'normal',
    young: true,
    params: { n: 10_000 },
    task: { op: 'compute', begin: 0, end: 1, total: 3, attempt: 0 },
  });
});

it('eight heavy chunks are eight leases; a million light ones a few thousand messages at most', () => {
  expect(leasesOf(8, 1_000, 4)).toBe(8);
  expect(leasesOf(1_000_000, 0.001, 4)).toBeLessThan(400);
  expect(leasesOf(1_000_000, 1, 4)).toBeLessThan(8_000);
}, 60_000);

function lengthsOf(leases: readonly ComputeLease[]): number[] {
  return leases.map(({ task }) => (task.op === 'compute' ? task.end - task.begin : 0));
}

/** Leases a job takes when every chunk takes `chunkMs`, answered in order. */
function leasesOf(chunks: number, chunkMs: number, slots: number): number {
  let { job, issued } = planLeases(jobOf(chunks), slots);
  let count = 0;
  const queue = [...issued];
  for (let lease = queue.shift(); lease !== undefined; lease = queue.shift()) {
    const { task } = lease;
    if (task.op === 'compute') {
      count += 1;
      job = foldResult(job, aLeaseComputed({ begin: task.begin, end: task.end, compute_ms: chunkMs * (task.end - task.begin) }));
    } else {
      const about = { op: 'merge' as const, inputs: task.inputs.map((input) => input.id), attempt: task.attempt };
      job = foldResult(job, aLeaseComputed({ lease: lease.lease, about, partial: 1 }));
    }
    job = endedIfOver(job);
    if (job.status === 'completed') return count;
    ({ job, issued } = planLeases(job, slots));
    assertWhole(job);
    queue.push(...issued);
  }
  throw new Error(`stuck at ${job.done.size} of ${chunks}`);
}
