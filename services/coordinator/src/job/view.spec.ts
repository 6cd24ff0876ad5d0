import { JobView, JsonText, limits } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { atTime } from './clock.ts';
import { finishedEvent } from './finish.ts';
import type { Span } from './spans.ts';
import { moved, submittedJob, type JobState } from './state.ts';
import { viewOf } from './view.ts';

const submit = aSubmitJob({ chunks: 10, kind: 'primes' });
const running: JobState = {
  ...moved(submittedJob(submit, 10_000), 'running'),
  atMs: 12_000,
  workedMs: 2_000,
  done: ChunkSet.of([[0, 4]]),
  waiting: [{ attempt: 0, chunks: ChunkSet.of([[4, 10]]) }],
};
const death = { code: 'compute_failed', message: 'Chunk 7 failed 3 times: boom', retryable: false };

describe('a view', () => {
  it('is what the contract says', () => {
    expect(JobView.parse(viewOf(running, 2))).toMatchObject({
      status: 'running',
      progress: 0.4,
      completed_chunks: 4,
      started_at: '1970-01-01T00:00:10.000Z',
      duration_sec: 2,
      rate: 2,
      eta_sec: 3,
      detail: null,
    });
  });

  it('says how hard the job was asked to be tried, and nothing of what is the usual', () => {
    const asked = { on_dead_chunk: 'continue', max_attempts: 1, soft_limit_sec: 2, hard_limit_sec: 3.5 } as const;
    expect(JobView.parse(viewOf({ ...running, submit: { ...submit, ...asked } }, 2))).toMatchObject(asked);
    for (const name of Object.keys(asked)) expect(viewOf(running, 2)).not.toHaveProperty(name);
  });

  it('knows no rate before the first chunk is done', () => {
    expect(
      viewOf({ ...running, done: ChunkSet.NONE, waiting: [{ attempt: 0, chunks: ChunkSet.of([[0, 10]]) }] }, 2),
    ).toMatchObject({ rate: null, eta_sec: null, progress: 0 });
  });

  it('knows no time left while it is paused or no worker can compute it, and counts no pause as work', () => {
    expect(viewOf(running, 0)).toMatchObject({ rate: 2, eta_sec: null });
    const paused = atTime(moved(running, 'paused'), 1_000_000);
    expect(viewOf(paused, 2)).toMatchObject({ duration_sec: 2, rate: 2, eta_sec: null });
    expect(viewOf(atTime(moved(paused, 'running'), 1_002_000), 2)).toMatchObject({ duration_sec: 4, rate: 1, eta_sec: 6 });
  });

  it('says when nobody can compute the kind, and when it only merges', () => {
    expect(viewOf(running, 0).detail).toBe('Waiting for a worker that can compute primes.');
    const confined = { ...running, submit: { ...running.submit, confined: true as const } };
    expect(viewOf(confined, 0).detail).toBe('Waiting for a worker that can compute primes inside bubblewrap.');
    const merging: JobState = {
      ...running,
      done: ChunkSet.of([[0, 10]]),
      waiting: [],
      merges: [{ id: 'm-2-0-0', inputs: ['a', 'b'], attempt: 0 }],
    };
    expect(viewOf(merging, 1).detail).toBe('Merging the partial results.');
  });

  it('says until when a job waits whose task code asked for it, and knows no time left until then', () => {
    const waiting = (notBeforeMs?: number, more: JobState['waiting'] = []): JobState => ({
      ...running,
      waiting: [{ attempt: 1, ...(notBeforeMs !== undefined && { notBeforeMs }), chunks: ChunkSet.of([[4, 9]]) }, ...more],
    });
    expect(viewOf(waiting(3_612_000), 2)).toMatchObject({
      detail: 'Waiting until 1970-01-01T01:00:12.000Z to run again what failed, as the task code asked.',
      eta_sec: null,
    });
    // What has its turn in between, and the delay before each retry.
    const another = { attempt: 0, chunks: ChunkSet.of([[9, 10]]) };
    for (const job of [
      waiting(3_612_000, [another]),
      waiting(42_000),
      waiting(),
      { ...waiting(3_612_000), status: 'paused' as const },
    ])
      expect(viewOf(job, 2).detail ?? '').not.toContain('task code');
  });

  it('says what a result leaves out', () => {
    const gaps: JobState = {
      ...moved(
        {
          ...running,
          done: ChunkSet.of([
            [0, 7],
            [8, 10],
          ]),
          dead: ChunkSet.of([[7, 8]]),
        },
        'completed',
      ),
      firstDeath: death,
    };
    expect(viewOf(gaps, 0)).toMatchObject({
      progress: 1,
      failed_chunks: 1,
      detail: `1 of 10 chunks could not be computed; the result leaves it out. ${death.message}`,
    });
  });

  it('says why a job failed or was cancelled', () => {
    expect(viewOf({ ...moved(running, 'failed'), error: death }, 0)).toMatchObject({
      status: 'failed',
      detail: death.message,
      error: death,
    });
    expect(viewOf(moved(running, 'cancelled'), 0)).toMatchObject({
      detail: 'Cancelled on request.',
      error: null,
      finished_at: '1970-01-01T00:00:12.000Z',
      eta_sec: null,
    });
    expect(viewOf(moved(submittedJob(submit, 5), 'cancelled'), 0)).toMatchObject({ started_at: null, duration_sec: null });
  });

  it('ends as an event without what only a live page needs', () => {
    const { job } = finishedEvent({ ...moved({ ...running, done: ChunkSet.of([[0, 10]]) }, 'completed'), result: '42' });
    expect(job).toMatchObject({ status: 'completed', result: new JsonText('42'), completed_chunks: 10, detail: null });
    expect(job).not.toHaveProperty('chunks');
  });
});

describe('the chunk map', () => {
  const spansOfEvery = (total: number, step: number): Span[] =>
    Array.from({ length: Math.floor(total / step) }, (_, index) => [index * step, index * step + 1]);

  it('shows each interval while there are few', () => {
    const map = viewOf({ ...running, leases: [{ id: '4-6-0', span: [4, 6], attempt: 0 }] }, 1).chunks;
    expect(map).toEqual({ done: [[0, 4]], leased: [[4, 6]], failed: [], coarse: false });
  });

  it('is coarsened to a bounded number of sorted, disjoint intervals, in which no failure is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20_000, max: 200_000 }), fc.integer({ min: 2, max: 7 }), (total, step) => {
        const dead = ChunkSet.of([[step - 1, step]]);
        const done = ChunkSet.of(spansOfEvery(total, step).slice(1));
        const { chunks } = viewOf({ ...running, submit: { ...submit, chunks: total }, done, dead, waiting: [] }, 1);
        const drawn = [...chunks.done, ...chunks.leased, ...chunks.failed].sort((one, other) => one[0] - other[0]);
        expect(chunks.coarse).toBe(true);
        expect(drawn.length).toBeLessThanOrEqual(limits.viewIntervalsMax);
        for (const [index, [begin, end]] of drawn.entries()) {
          expect(end).toBeGreaterThan(begin);
          expect(end).toBeLessThanOrEqual(total);
          if (index > 0) expect(begin).toBeGreaterThanOrEqual(drawn[index - 1]![1]);
        }
        expect(chunks.failed[0]).toEqual([0, Math.ceil(total / limits.viewIntervalsMax)]);
      }),
      { numRuns: 20 },
    );
  });

  it('shows a cell as what most of it is', () => {
    const total = 8 * limits.viewIntervalsMax;
    const done = ChunkSet.of(
      Array.from({ length: limits.viewIntervalsMax }, (_, cell): Span => [cell * 8, cell * 8 + (cell % 2 === 0 ? 5 : 2)]),
    );
    const leases = [{ id: '2-8-0', span: [10, 16] as const, attempt: 0 }];
    const { chunks } = viewOf({ ...running, submit: { ...submit, chunks: total }, done, leases }, 1);
    expect(chunks.leased).toEqual([[8, 16]]);
    expect(ChunkSet.of(chunks.done).size).toBe((limits.viewIntervalsMax / 2) * 8);
  });
});
