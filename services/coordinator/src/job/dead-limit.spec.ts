import { newInputId, type SubmitJob, type WireError } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { deathOfJob } from './dead-limit.ts';
import { withFailedRuns } from './deaths.ts';
import { submittedJob, type JobState } from './state.ts';

const unauthorized: WireError = { code: 'compute_refused', message: '401 no such key', retryable: false };

/** A job of 1,000 chunks of which the first are dead and so many after them done. */
function having(
  dead: number,
  done: number,
  given: Partial<SubmitJob> = {},
  errorOf = (_chunk: number) => unauthorized,
): JobState {
  const job = submittedJob(aSubmitJob({ chunks: 1_000, on_dead_chunk: 'continue', ...given }), 0);
  const parts = Array.from({ length: dead }, (_, chunk) => ({
    span: [chunk, chunk + 1] as const,
    error: errorOf(chunk),
    dies: true,
  }));
  return {
    ...withFailedRuns(job, parts, 0, 'w'),
    dead: ChunkSet.of([[0, dead]].filter(([, end]) => end! > 0) as [number, number][]),
    done: done > 0 ? ChunkSet.of([[dead, dead + done]]) : ChunkSet.NONE,
  };
}

it('the first dead chunk fails a job of the policy fail, and none of the policy continue', () => {
  expect(deathOfJob(having(1, 1, { on_dead_chunk: 'fail' }))).toMatchObject({
    message: 'Chunk 0 cannot be computed: 401 no such key',
  });
  expect(deathOfJob(having(1, 1))).toBeNull();
  expect(deathOfJob(having(0, 1, { on_dead_chunk: 'fail' }))).toBeNull();
});

describe('max_failed', () => {
  it.each([
    [{ count: 12 }, 12],
    [{ share: 0.05 }, 50],
    [{ share: 0.0509 }, 50],
    [{ count: 0 }, 0],
    [{ share: 1 }, 1_000],
  ] as const)('%j allows %i dead chunks of 1,000 and not one more, whatever the policy', (max_failed, allowed) => {
    for (const on_dead_chunk of ['fail', 'continue'] as const) {
      expect(deathOfJob(having(allowed, 1, { max_failed, on_dead_chunk }))).toBeNull();
      if (allowed < 1_000) expect(deathOfJob(having(allowed + 1, 1, { max_failed, on_dead_chunk }))).not.toBeNull();
    }
  });

  it.each([
    [{ batch: 1 }, '13 items', 'Item 0'],
    [{ batch: 2 }, '13 chunks', 'Chunk 0'],
  ])('with a batch of %j the sentences are about %s', (batch, many, first) => {
    const input = { id: newInputId(), records: 1_000, by: 'record' as const, ...batch };
    const { message } = deathOfJob(having(13, 1, { max_failed: { count: 12 }, input }))!;
    expect(message.startsWith(`${many} could not be computed, and the job allows 12`)).toBe(true);
    expect(message.endsWith(`The first: ${first} cannot be computed: 401 no such key`)).toBe(true);
    expect(deathOfJob(having(20, 0, { input }))!.message).toMatch(`Every one of the first ${many.replace('13', '20')} failed`);
  });

  it('states how many there are, how many are allowed, and what the first died of', () => {
    expect(deathOfJob(having(13, 1, { max_failed: { count: 12 } }))).toEqual({
      code: 'compute_refused',
      message:
        '13 chunks could not be computed, and the job allows 12 (max_failed). Raise it, or correct what fails and requeue the job. The first: Chunk 0 cannot be computed: 401 no such key',
      retryable: false,
    });
  });
});

describe('a hopeless job', () => {
  it('is one of which the first 20 chunks that ended are dead: 19 are not enough, and one that was computed is hope', () => {
    expect(deathOfJob(having(19, 0))).toBeNull();
    expect(deathOfJob(having(20, 1))).toBeNull();
    expect(deathOfJob(having(20, 0))).toEqual({
      code: 'compute_refused',
      message: 'Every one of the first 20 chunks failed: 401 no such key',
      retryable: false,
    });
  });

  it('states what most of them died of', () => {
    const job = having(21, 0, {}, (chunk) => ({ ...unauthorized, message: chunk % 3 === 0 ? 'timeout' : '401 no such key' }));
    expect(deathOfJob(job)!.message).toBe('Every one of the first 21 chunks failed, most of them with: 401 no such key');
  });

  it('of few chunks fails when all are dead', () => {
    expect(deathOfJob(having(3, 0, { chunks: 4 }))).toBeNull();
    expect(deathOfJob(having(4, 0, { chunks: 4 }))).toMatchObject({ message: 'Chunk 0 cannot be computed: 401 no such key' });
  });
});
