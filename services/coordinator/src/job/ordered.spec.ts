import type { LeaseComputed, SubmitJob } from '@manyhands/proto';
import { aLeaseComputed, aRequeueJob, aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { planLeases } from '../scheduling/plan.ts';
import { ChunkSet } from './chunk-set.ts';
import { endedIfOver } from './finish.ts';
import { foldResult } from './fold.ts';
import { heldPartial } from './held.ts';
import { planMerges } from './merge-plan.ts';
import { requeued } from './requeue.ts';
import { submittedJob, type JobState } from './state.ts';

const part = (begin: number, end: number) => heldPartial(`${begin}-${end}-0`, `"${begin}-${end}"`, [begin, end]);

/** A running job of ten chunks that holds these spans and waits for the rest, but for the dead. */
function holding(
  spans: readonly [number, number][],
  dead: readonly [number, number][] = [],
  given: Partial<SubmitJob> = {},
): JobState {
  const job = submittedJob(aSubmitJob({ chunks: 10, output: 'ordered', on_dead_chunk: 'continue', ...given }), 0);
  const done = ChunkSet.of(spans);
  const left = ChunkSet.of([[0, 10]])
    .minus(done)
    .minus(ChunkSet.of(dead));
  return {
    ...job,
    status: 'running',
    done,
    dead: ChunkSet.of(dead),
    firstDeath: dead.length > 0 ? { code: 'compute_failed', message: 'dead', retryable: false } : null,
    waiting: left.size > 0 ? [{ attempt: 0, chunks: left }] : [],
    partials: spans.map(([begin, end]) => part(begin, end)),
  };
}

const merged = (job: JobState, index = 0, given: Partial<LeaseComputed> = {}): LeaseComputed => {
  const { id, inputs, attempt } = job.merges[index]!;
  return aLeaseComputed({ lease: id, about: { op: 'merge', inputs: [...inputs], attempt }, partial: 'joined', ...given });
};

describe('an ordered job', () => {
  it('merges neighbours in the order of their chunks, whatever their size and the order they came in', () => {
    const job = holding([
      [0, 3],
      [3, 4],
      [4, 10],
    ]);
    const large = { ...job, partials: job.partials.map((one, at) => ({ ...one, bytes: 1_000 - at })) };
    const [lease] = planMerges(large).issued;
    expect(lease).toMatchObject({
      output: 'ordered',
      task: { op: 'merge', inputs: [{ id: '0-3-0' }, { id: '3-4-0' }, { id: '4-10-0' }] },
    });
    const out = foldResult(holding([[0, 3]]), aLeaseComputed({ begin: 6, end: 8 }));
    const between = foldResult(out, aLeaseComputed({ begin: 3, end: 6 }));
    expect(between.partials.map(({ span }) => span)).toEqual([
      [0, 3],
      [3, 6],
      [6, 8],
    ]);
  });

  it('takes no partial with a gap in it', () => {
    const failed = [{ chunk: 1, error: { code: 'compute_failed', message: 'no', retryable: true } }];
    const job = foldResult(holding([]), aLeaseComputed({ begin: 0, end: 3, failed }));
    expect(job).toMatchObject({ partials: [], done: ChunkSet.NONE, retries: 3 });
    const stopped = foldResult(holding([]), aLeaseComputed({ begin: 0, end: 3, failed, left: [[2, 3]] }));
    expect(stopped.partials).toMatchObject([{ span: [0, 1] }]);
  });

  it('bridges dead chunks in its last merges only', () => {
    const gap: [number, number][] = [[4, 5]];
    const many = holding(
      [
        [0, 4],
        [5, 9],
      ],
      gap,
    );
    expect(planMerges({ ...many, partials: many.partials.map((one) => ({ ...one, bytes: 300_000 })) }).issued).toEqual([]);
    const last = holding(
      [
        [0, 4],
        [5, 10],
      ],
      gap,
    );
    const planned = planMerges(last).job;
    expect(planned.merges).toHaveLength(1);
    const folded = foldResult(planned, merged(planned));
    expect(folded.partials).toMatchObject([{ span: [0, 10], partial: '"joined"' }]);
    expect(endedIfOver(folded)).toMatchObject({ status: 'completed', result: '"joined"' });
  });

  it('requeued computes what is in a partial that reaches over a gap again, and nothing else', () => {
    const job = {
      ...holding([[0, 4]], [[4, 5]]),
      done: ChunkSet.of([
        [0, 4],
        [5, 8],
        [8, 10],
      ]),
      waiting: [],
    };
    const bridged: JobState = { ...job, partials: [part(0, 4), heldPartial('m', '1', [5, 10])] };
    const whole = requeued(bridged, aRequeueJob({ job_id: job.submit.job_id, round: 1 }));
    expect(whole.waiting.map(({ chunks }) => chunks.toJSON())).toEqual([[[4, 5]]]);
    const over = { ...bridged, partials: [heldPartial('m', '1', [0, 10])] };
    const again = requeued(over, aRequeueJob({ job_id: job.submit.job_id, round: 1 }));
    expect(again).toMatchObject({ partials: [], done: ChunkSet.NONE });
    expect(again.waiting).toMatchObject([{ attempt: 16, chunks: ChunkSet.of([[0, 10]]) }]);
  });

  it('does not count a merge over a gap that is no longer dead, nor hands it out under that id again', () => {
    const planned = planMerges(
      holding(
        [
          [0, 4],
          [5, 10],
        ],
        [[4, 5]],
      ),
    ).job;
    const filling = requeued(planned, aRequeueJob({ job_id: planned.submit.job_id, round: 1 }));
    const folded = foldResult(filling, merged(planned));
    expect(folded.partials.map(({ span }) => span)).toEqual([
      [0, 4],
      [5, 10],
    ]);
    expect(folded).toMatchObject({ merges: [], duplicateResults: 1, lostMerges: [planned.merges[0]!.id] });
  });

  it('whose stored partials are too large for one merge ends with a sentence', () => {
    const stored = (begin: number, bytes: number) => ({
      ...{ id: `${begin}`, span: [begin, begin + 5] as const, bytes, mergeAttempt: 0 },
      stored: { name: 'o', from: 0, bytes },
    });
    const job = holding([
      [0, 5],
      [5, 10],
    ]);
    const mib = 1024 ** 2;
    expect(planMerges({ ...job, partials: [stored(0, 32 * mib), stored(5, 32 * mib)] }).issued).toHaveLength(1);
    const over = { ...job, partials: [stored(0, 32 * mib), stored(5, 32 * mib + 1)] };
    expect(planMerges(over).issued).toEqual([]);
    expect(endedIfOver(over)).toMatchObject({
      status: 'failed',
      error: { code: 'too_large', message: expect.stringContaining('64 MiB') },
    });
  });
});

describe('finish', () => {
  it.each([1, 2, 5])('is run once, by the last merge of %i partials, and the partials stay for a requeue', (count) => {
    const spans = Array.from({ length: count }, (_, at): [number, number] => [(at * 10) / count, ((at + 1) * 10) / count]);
    for (const output of ['ordered', undefined] as const) {
      const { output: _output, ...submit } = holding(spans, [], { finish: true }).submit;
      const job: JobState = { ...holding(spans), submit: { ...submit, ...(output && { output }) } };
      expect(endedIfOver(job).status).toBe('running');
      const { job: planned, issued } = planMerges(job);
      expect(issued).toMatchObject([{ task: { op: 'merge', last: true, inputs: { length: count } } }]);
      expect(planMerges(planned).issued).toEqual([]);
      const over = endedIfOver(foldResult(planned, merged(planned, 0, { lease: issued[0]!.lease })));
      expect(over).toMatchObject({ status: 'completed', result: '"joined"', partials: { length: count } });
    }
  });

  it('is not run on what is not all: an answer that leaves chunks out is no answer', () => {
    const planned = planMerges(
      holding(
        [
          [0, 4],
          [5, 10],
        ],
        [[4, 5]],
        { finish: true },
      ),
    ).job;
    const filling = requeued(planned, aRequeueJob({ job_id: planned.submit.job_id, round: 1 }));
    expect(foldResult(filling, merged(planned))).toMatchObject({ partials: { length: 2 }, merges: [] });
    expect(foldResult(filling, merged(planned)).answer).toBeUndefined();
  });

  it('has an id of its own: a merge of the same partials that was not the last does not answer for it', () => {
    const spans: [number, number][] = [
      [0, 5],
      [5, 10],
    ];
    const [last, plain] = [holding(spans, [], { finish: true }), holding(spans)].map((job) => planMerges(job).job.merges[0]!.id);
    expect(last).not.toBe(plain);
  });

  it('gives an answer that is stored, and no result, when it is large', () => {
    const planned = planMerges(holding([[0, 10]], [], { finish: true })).job;
    const stored = { name: 'o-m-1', from: 0, bytes: 40_000_000 };
    const { partial: _partial, ...large } = merged(planned);
    expect(endedIfOver(foldResult(planned, { ...large, stored }))).toMatchObject({ status: 'completed', result: null, stored });
  });
});

it('no more chunks are out than a job allows at once, merges beside them, and second leases included', () => {
  const job = { ...holding([], [], { at_once: 3 }), submit: aSubmitJob({ chunks: 10, at_once: 3 }) };
  const planned = planLeases(job, 100).job;
  expect(planned.leases).toHaveLength(3);
  expect(planLeases(planned, 100).issued).toEqual([]);
  const slow = { ...planned, waiting: [], done: ChunkSet.of([[3, 10]]), atMs: 1e9, pace: { size: 1, msPerChunk: 1_000 } };
  expect(planLeases(slow, 100).issued).toEqual([]);
  const free = { ...slow, submit: { ...slow.submit, at_once: 5 } };
  expect(planLeases(free, 100).issued.map(({ lease }) => lease)).toHaveLength(2);
});
