import { isFinal, JOB_STATUSES, type JobStatus } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { assertWhole, moved, MOVES, submittedJob, type JobState } from './state.ts';

const pending = submittedJob(aSubmitJob({ chunks: 4 }), 1_000);
const running = moved({ ...pending, atMs: 2_000 }, 'running');
const inStatus: Record<JobStatus, JobState> = {
  pending,
  running,
  paused: moved(running, 'paused'),
  completed: moved(running, 'completed'),
  failed: moved(running, 'failed'),
  cancelled: moved(running, 'cancelled'),
};

/** The legal moves of docs/states.md, said a second time. */
const legal = new Set([
  'pending running',
  'pending failed',
  'pending cancelled',
  'running paused',
  'running completed',
  'running failed',
  'running cancelled',
  'paused running',
  'paused completed',
  'paused failed',
  'paused cancelled',
]);

describe('the states of a job', () => {
  for (const from of JOB_STATUSES) {
    for (const to of JOB_STATUSES) {
      if (legal.has(`${from} ${to}`)) {
        it(`a ${from} job can become ${to}`, () => {
          expect(moved(inStatus[from], to).status).toBe(to);
        });
      } else {
        it(`a ${from} job cannot become ${to}`, () => {
          expect(() => moved(inStatus[from], to)).toThrow(`a ${from} job cannot become ${to}`);
        });
      }
    }
  }

  it('only final states have no way out', () => {
    for (const status of JOB_STATUSES) expect(MOVES[status].length === 0).toBe(isFinal(status));
  });

  it('starting and finishing are timed by the message that caused them', () => {
    expect(running.startedAtMs).toBe(2_000);
    expect(moved({ ...running, atMs: 9_000 }, 'cancelled')).toMatchObject({ startedAtMs: 2_000, finishedAtMs: 9_000 });
  });

  it('a paused job takes its leases back, and starts but once', () => {
    const leased: JobState = {
      ...running,
      waiting: [{ attempt: 0, chunks: ChunkSet.of([[1, 4]]) }],
      leases: [{ id: '0-1-0', span: [0, 1], attempt: 0 }],
      timerAtMs: 5_000,
    };
    const paused = moved({ ...leased, atMs: 3_000 }, 'paused');
    expect(paused).toMatchObject({
      leases: [],
      merges: [],
      timerAtMs: null,
      issue: 1,
      waiting: [{ attempt: 0, chunks: ChunkSet.of([[0, 4]]) }],
    });
    expect(moved(paused, 'running')).toMatchObject({ startedAtMs: 2_000, issue: 1 });
  });

  it('a final job holds nothing that was still to do', () => {
    expect(moved({ ...running, leases: [{ id: '0-1-0', span: [0, 1], attempt: 0 }] }, 'failed')).toMatchObject({
      waiting: [],
      leases: [],
      partials: [],
    });
  });

  it('a chunk that is nowhere, or twice, fails the turn', () => {
    expect(() => assertWhole(running)).not.toThrow();
    expect(() => assertWhole({ ...running, waiting: [] })).toThrow('0 waiting + 0 leased chunks are not the 4 pending ones');
    expect(() => assertWhole({ ...running, done: ChunkSet.of([[0, 1]]) })).toThrow('4 waiting');
  });
});
