import { limits, RequeueJob } from '@manyhands/proto';
import { aRequeueJob, aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { deathOfJob } from './dead-limit.ts';
import { requeued } from './requeue.ts';
import { assertWhole, moved, submittedJob, type JobState, type YoungLetter } from './state.ts';

const error = { code: 'compute_failed', message: 'no', retryable: false };
const chunkCount = 24;
const fates = ['done', 'dead', 'waiting'] as const;

/** A job of which each chunk has one of the fates, over or not. */
const jobs = fc
  .record({
    of: fc.array(fc.constantFrom(...fates), { minLength: chunkCount, maxLength: chunkCount }),
    over: fc.boolean(),
    allowed: fc.option(fc.nat(chunkCount), { nil: undefined }),
    policy: fc.constantFrom('fail' as const, 'continue' as const),
  })
  .map(({ of, over, allowed, policy }): JobState => {
    const submit = aSubmitJob({
      ...{ chunks: chunkCount, on_dead_chunk: policy },
      ...(allowed !== undefined && { max_failed: { count: allowed } }),
    });
    const chunksOf = (fate: (typeof fates)[number]) =>
      ChunkSet.of(of.flatMap((each, at) => (each === fate ? [[at, at + 1] as const] : [])));
    const dead = chunksOf('dead');
    const letters = [...dead.spans()].flatMap(([begin, end]) =>
      Array.from({ length: end - begin }, (_, at) => ({ letter: { begin: begin + at, end: begin + at + 1 }, bytes: 1 })),
    ) as unknown as YoungLetter[];
    const job: JobState = {
      ...submittedJob(submit, 1_000),
      ...{ status: 'running', startedAtMs: 1_000, dead, done: chunksOf('done'), letters, letterCount: letters.length },
      firstDeath: dead.size > 0 ? error : null,
      waiting: [{ attempt: 0, chunks: chunksOf('waiting') }],
    };
    return over ? { ...moved(job, 'failed'), error } : job;
  });
const choices = fc.array(
  fc
    .tuple(fc.nat(chunkCount - 1), fc.integer({ min: 1, max: 6 }))
    .map(([begin, length]): [number, number] => [begin, begin + length]),
  { minLength: 1, maxLength: 5 },
);

describe('a requeue of some chunks', () => {
  it('runs the dead ones among them, and leaves the others dead, or runs all where the job would fail by these', () => {
    fc.assert(
      fc.property(jobs, choices, (job, chunks) => {
        const next = requeued(job, aRequeueJob({ job_id: job.submit.job_id, round: 1, chunks }));
        if (next === job) return expect(job.dead.size === 0 && job.status !== 'failed').toBe(true);
        assertWhole(next);
        expect([next.round, next.status, next.done.toJSON()]).toEqual([1, 'running', job.done.toJSON()]);
        const others = job.dead.minus(ChunkSet.of(chunks));
        const failsByThem =
          others.size > 0 &&
          deathOfJob({ ...job, dead: others, leftDead: others.size, waiting: next.waiting, status: 'running' }) !== null;
        expect(next.dead.toJSON()).toEqual((failsByThem ? ChunkSet.NONE : others).toJSON());
        expect(next.dead.size === 0 || deathOfJob(next) === null).toBe(true);
        const again = job.dead.minus(next.dead);
        const waiting = next.waiting.filter(({ attempt }) => attempt === 16).map((each) => each.chunks);
        for (const [begin, end] of again.spans())
          for (let chunk = begin; chunk < end; chunk += 1) expect(waiting.some((each) => each.has(chunk))).toBe(true);
        // What was never begun runs as well, of a job that was over.
        if (job.status === 'failed') expect(next.done.size + next.dead.size + waiting[0]!.size).toBe(chunkCount);
        expect(next.letters.map(({ letter }) => letter.begin)).toEqual(
          job.letters.map(({ letter }) => letter.begin).filter((begin) => next.dead.has(begin)),
        );
        expect(next.letterCount).toBe(0);
        expect(next.firstDeath === null).toBe(next.dead.size === 0);
      }),
    );
  });

  it('of all chunks is the same as one that names none', () => {
    fc.assert(
      fc.property(jobs, (job) => {
        const given = { job_id: job.submit.job_id, round: 1 };
        expect(requeued(job, aRequeueJob({ ...given, chunks: [[0, chunkCount]] }))).toEqual(requeued(job, aRequeueJob(given)));
      }),
    );
  });

  it.each([
    ['no chunk', []],
    ['a span that ends where it begins', [[3, 3]]],
    ['too many chunks', [[0, limits.requeueChunksMax + 1]]],
    ['too many spans', Array.from({ length: limits.requeueSpansMax + 1 }, (_, at) => [2 * at, 2 * at + 1])],
  ])('of %s is no command', (_name, chunks) => {
    expect(RequeueJob.safeParse(aRequeueJob({ chunks: chunks as [number, number][] })).success).toBe(false);
    expect(RequeueJob.safeParse(aRequeueJob({ chunks: [[0, limits.requeueChunksMax]] })).success).toBe(true);
  });
});
