import { limits, mergeLeaseId, type WireError } from '@manyhands/proto';
import { aLeaseComputed, aLeaseFailed, aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { endedIfOver } from './finish.ts';
import { foldResult } from './fold.ts';
import { nextPace } from '../scheduling/lease-size.ts';
import { planLeases } from '../scheduling/plan.ts';
import { heldPartial } from './held.ts';
import { assertWhole, submittedJob, type JobState } from './state.ts';

const submit = aSubmitJob({ chunks: 8 });
const fresh = submittedJob(submit, 0);
const boom: WireError = { code: 'compute_failed', message: 'boom', retryable: true };
const never: WireError = { code: 'compute_refused', message: 'not in this life', retryable: false };

/** Leased as one span of all chunks. */
const leased: JobState = { ...fresh, status: 'running', waiting: [], leases: [{ id: '0-8-0', span: [0, 8], attempt: 0 }] };

function folded(job: JobState, ...results: Parameters<typeof foldResult>[1][]): JobState {
  const next = results.reduce(foldResult, job);
  assertWhole(next);
  return next;
}

describe('parameters that are refused', () => {
  const refused: WireError = { code: 'params_refused', message: 'params.n: too small', retryable: false };

  it('fail the job with the first lease that says so, also where dead chunks may be missing', () => {
    const lenient: JobState = { ...leased, submit: { ...submit, on_dead_chunk: 'continue' } };
    const job = endedIfOver(folded(lenient, aLeaseFailed({ begin: 0, end: 8, error: refused })));
    expect(job).toMatchObject({ status: 'failed', error: refused });
    expect(job.dead.size).toBe(0);
  });

  it('are no news of chunks that are at a later attempt by now', () => {
    const again: JobState = { ...leased, leases: [{ id: '0-8-16', span: [0, 8], attempt: 16 }] };
    expect(folded(again, aLeaseFailed({ begin: 0, end: 8, error: refused })).error).toBeNull();
  });
});

describe('chunks that ask for a longer wait', () => {
  it('wait for the longest of their lease, and the others no longer than usual', () => {
    const asking = (chunk: number, afterMs?: number) => ({
      chunk,
      error: { ...boom, ...(afterMs !== undefined && { retry_after_ms: afterMs }) },
    });
    const job = folded(
      leased,
      aLeaseComputed({ begin: 0, end: 8, failed: [asking(1), asking(2, 50_000), asking(5, 20_000), asking(6)] }),
    );
    const [soon, later] = [...job.waiting].sort((a, b) => a.notBeforeMs! - b.notBeforeMs!);
    expect(job.waiting).toHaveLength(2);
    expect(soon!.chunks).toEqual(
      ChunkSet.of([
        [1, 2],
        [6, 7],
      ]),
    );
    expect(soon!.notBeforeMs).toBeLessThanOrEqual(600);
    expect(later!.chunks).toEqual(
      ChunkSet.of([
        [2, 3],
        [5, 6],
      ]),
    );
    expect(later!.notBeforeMs).toBeGreaterThanOrEqual(50_000);
    expect(later!.notBeforeMs).toBeLessThan(54_000);
  });
});

describe('a computed span', () => {
  it('counts its chunks as done and for its worker', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 8, partial: 36, worker: 'w-1' }));
    expect(job).toMatchObject({ done: ChunkSet.of([[0, 8]]), leases: [], workers: { 'w-1': 8 }, duplicateResults: 0 });
    expect(job.partials).toEqual([{ id: '0-8-0', partial: '36', bytes: 2, mergeAttempt: 0 }]);
  });

  it('counts once when it comes twice', () => {
    const once = folded(leased, aLeaseComputed({ begin: 0, end: 8 }));
    expect(folded(once, aLeaseComputed({ begin: 0, end: 8 }))).toEqual({ ...once, duplicateResults: 1 });
  });

  it('counts though this owner never handed it out', () => {
    expect(folded(fresh, aLeaseComputed({ begin: 2, end: 4 }))).toMatchObject({
      done: ChunkSet.of([[2, 4]]),
      waiting: [
        {
          attempt: 0,
          chunks: ChunkSet.of([
            [0, 2],
            [4, 8],
          ]),
        },
      ],
    });
  });

  it('does not count when a chunk of it is done already, and the rest stays to be done', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 2 }), aLeaseComputed({ begin: 1, end: 5 }));
    expect(job).toMatchObject({
      done: ChunkSet.of([[0, 2]]),
      duplicateResults: 1,
      waiting: [{ attempt: 0, chunks: ChunkSet.of([[2, 8]]) }],
    });
    expect(job.partials.map((partial) => partial.id)).toEqual(['0-2-0']);
  });

  it('does not count beyond the job', () => {
    expect(folded(leased, aLeaseComputed({ begin: 7, end: 9 }))).toEqual({ ...leased, duplicateResults: 1 });
  });

  it('gives up an outstanding lease it cuts into, whose rest waits again', () => {
    const two: JobState = {
      ...leased,
      leases: [
        { id: '0-4-0', span: [0, 4], attempt: 0 },
        { id: '4-8-0', span: [4, 8], attempt: 0 },
      ],
    };
    expect(folded(two, aLeaseComputed({ begin: 3, end: 5 }))).toMatchObject({
      leases: [],
      waiting: [
        {
          attempt: 0,
          chunks: ChunkSet.of([
            [0, 3],
            [5, 8],
          ]),
        },
      ],
    });
  });

  it('without a partial for its chunks has failed as a whole', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 8, partial: undefined }));
    expect(job).toMatchObject({ done: ChunkSet.NONE, waiting: [{ attempt: 1, chunks: ChunkSet.of([[0, 8]]) }] });
  });
});

describe('failed chunks', () => {
  it('run again alone, one attempt up, while the others count', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: boom }] }));
    expect(job).toMatchObject({
      done: ChunkSet.of([
        [0, 3],
        [4, 8],
      ]),
      waiting: [{ attempt: 1, chunks: ChunkSet.of([[3, 4]]) }],
      retries: 1,
    });
    expect(planLeases(job, 2).issued).toEqual([]);
    expect(planLeases({ ...job, atMs: job.waiting[0]!.notBeforeMs! }, 2).issued.map((lease) => lease.lease)).toEqual(['3-4-1']);
  });

  it('are given up after the last attempt, with a sentence that says so', () => {
    let job = folded(leased, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: boom }] }));
    for (let attempt = 1; attempt < limits.attemptsMax; attempt += 1) {
      job = folded(job, aLeaseComputed({ begin: 3, attempt, partial: undefined, failed: [{ chunk: 3, error: boom }] }));
    }
    expect(job).toMatchObject({ dead: ChunkSet.of([[3, 4]]), waiting: [], retries: limits.attemptsMax - 1 });
    expect(job.firstDeath).toEqual({ code: 'compute_failed', message: 'Chunk 3 failed 3 times: boom', retryable: false });
  });

  it('are given up at once when trying again cannot help', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: never }] }));
    expect(job).toMatchObject({
      dead: ChunkSet.of([[3, 4]]),
      firstDeath: { message: 'Chunk 3 cannot be computed: not in this life' },
    });
  });

  it('of an older attempt change nothing', () => {
    const job = folded(leased, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: boom }] }));
    expect(folded(job, aLeaseComputed({ begin: 3, end: 4, partial: undefined, failed: [{ chunk: 3, error: boom }] }))).toEqual(
      job,
    );
  });

  it('get as many runs as their job asks for', () => {
    const once = { ...leased, submit: { ...submit, max_attempts: 1 } };
    expect(folded(once, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: boom }] }))).toMatchObject({
      dead: ChunkSet.of([[3, 4]]),
    });
    let job: JobState = { ...leased, submit: { ...submit, max_attempts: 5 } };
    job = folded(job, aLeaseComputed({ begin: 0, end: 8, failed: [{ chunk: 3, error: boom }] }));
    for (let attempt = 1; attempt < 4; attempt += 1) job = folded(job, aLeaseFailed({ begin: 3, attempt, error: boom }));
    expect(job).toMatchObject({ dead: ChunkSet.NONE, waiting: [{ attempt: 4, chunks: ChunkSet.of([[3, 4]]) }] });
    expect(folded(job, aLeaseFailed({ begin: 3, attempt: 4, error: boom }))).toMatchObject({ dead: ChunkSet.of([[3, 4]]) });
  });

  it('leave the chunks that were not run to be run at the same attempt', () => {
    const job = folded(
      leased,
      aLeaseComputed({
        begin: 0,
        end: 8,
        partial: undefined,
        failed: [{ chunk: 3, error: boom }],
        left: [
          [0, 3],
          [4, 8],
        ],
      }),
    );
    expect(job).toMatchObject({ done: ChunkSet.NONE, dead: ChunkSet.NONE, leases: [], retries: 1 });
    expect(job.waiting).toEqual([
      expect.objectContaining({ attempt: 1, chunks: ChunkSet.of([[3, 4]]) }),
      {
        attempt: 0,
        chunks: ChunkSet.of([
          [0, 3],
          [4, 8],
        ]),
      },
    ]);
  });

  it('outside the span are not believed', () => {
    const job = folded(fresh, aLeaseComputed({ begin: 0, end: 2, failed: [{ chunk: 5, error: never }] }));
    expect(job).toMatchObject({ done: ChunkSet.of([[0, 2]]), dead: ChunkSet.NONE });
  });
});

describe('chunks of one lease that failed together', () => {
  const failing = (error: WireError, attempt = 0) =>
    aLeaseComputed({
      begin: 0,
      end: 8,
      attempt,
      partial: undefined,
      failed: Array.from({ length: 8 }, (_, chunk) => ({ chunk, error })),
    });

  it('because they threw, wait together and run again as one lease, like any other', () => {
    const job = folded(leased, failing(boom));
    expect(job.waiting).toEqual([{ attempt: 1, notBeforeMs: expect.any(Number), chunks: ChunkSet.of([[0, 8]]) }]);
    const again = planLeases({ ...job, atMs: job.waiting[0]!.notBeforeMs!, pace: { size: 100, msPerChunk: 0.01 } }, 1).issued;
    expect(again.map(({ lease, suspect }) => [lease, suspect])).toEqual([['0-8-1', undefined]]);
  });

  it.each(['worker_lost', 'time_limit'])('by %s run again alone, each as a suspect, until they fail in another way', (code) => {
    const job = folded(leased, failing({ ...boom, code }));
    const again = planLeases({ ...job, atMs: job.waiting[0]!.notBeforeMs!, pace: { size: 100, msPerChunk: 0.01 } }, 4);
    expect(again.issued.map(({ lease, suspect }) => [lease, suspect])).toEqual(
      Array.from({ length: 8 }, (_, chunk) => [`${chunk}-${chunk + 1}-1`, true]),
    );
    const threw = folded(
      again.job,
      aLeaseComputed({ begin: 3, end: 4, attempt: 1, partial: undefined, failed: [{ chunk: 3, error: boom }] }),
    );
    expect(threw.waiting).toEqual([{ attempt: 2, notBeforeMs: expect.any(Number), chunks: ChunkSet.of([[3, 4]]) }]);
  });
});

describe('a lease whose worker was lost', () => {
  it('is split in halves at the same attempt, whatever the pace, so its own id is never used again', () => {
    const job = folded(leased, aLeaseFailed({ begin: 0, end: 8 }));
    expect(job).toMatchObject({ waiting: [{ attempt: 0, leaseMax: 4, chunks: ChunkSet.of([[0, 8]]) }], retries: 8 });
    const halves = planLeases({ ...job, pace: { size: 100, msPerChunk: 0.01 } }, 1);
    expect(halves.issued.map(({ lease, suspect }) => [lease, suspect])).toEqual([
      ['0-4-0', true],
      ['4-8-0', true],
    ]);
    const quarters = planLeases(
      folded({ ...halves.job, pace: { size: 100, msPerChunk: 0.01 } }, aLeaseFailed({ begin: 4, end: 8 })),
      1,
    );
    expect(quarters.issued.map(({ lease }) => lease)).toEqual(['4-6-0', '6-8-0']);
  });

  it('makes the leases of all other chunks shorter, and they grow again slowly', () => {
    const large: JobState = { ...leased, pace: { size: 100, msPerChunk: 0.01 } };
    const job = folded(large, aLeaseFailed({ begin: 0, end: 8 }));
    expect(job.pace).toMatchObject({ size: 4, sizeMax: 4 });
    // What follows from the first loss is no second one.
    expect(folded(job, aLeaseFailed({ begin: 0, end: 4 })).pace).toEqual(job.pace);
    const answered = folded(job, aLeaseComputed({ begin: 0, end: 4 }));
    expect(answered.pace.size).toBe(4);
    let { pace } = answered;
    for (let answer = 0; answer < 100; answer += 1) pace = nextPace(pace, pace.size, 0.01);
    expect(pace.size).toBeGreaterThan(100);
  });

  it('that was handed back whole, without a word, is split as well, and a single chunk counts as failed', () => {
    const whole = aLeaseComputed({ begin: 0, end: 8, partial: undefined, left: [[0, 8]] });
    expect(folded(leased, whole)).toMatchObject({ waiting: [{ attempt: 0, leaseMax: 4, chunks: ChunkSet.of([[0, 8]]) }] });
    const one: JobState = { ...leased, submit: { ...submit, chunks: 1 }, leases: [{ id: '0-1-0', span: [0, 1], attempt: 0 }] };
    expect(folded(one, aLeaseComputed({ begin: 0, end: 1, partial: undefined, left: [[0, 1]] }))).toMatchObject({
      waiting: [{ attempt: 1 }],
    });
  });

  it('of one chunk goes one attempt up, and is given up like any other', () => {
    let job: JobState = {
      ...leased,
      leases: [{ id: '0-1-0', span: [0, 1], attempt: 0 }],
      waiting: [{ attempt: 0, chunks: ChunkSet.of([[1, 8]]) }],
    };
    for (let attempt = 0; attempt < limits.attemptsMax; attempt += 1) job = folded(job, aLeaseFailed({ begin: 0, attempt }));
    expect(job).toMatchObject({
      dead: ChunkSet.of([[0, 1]]),
      firstDeath: { message: 'Chunk 0 failed 3 times: the worker died' },
    });
  });

  it('counts for nothing once its chunks are done', () => {
    const done = folded(leased, aLeaseComputed({ begin: 0, end: 8 }));
    expect(folded(done, aLeaseFailed({ begin: 0, end: 4 }))).toEqual({ ...done, duplicateResults: 1 });
  });
});

describe('a merge', () => {
  const inputs = ['0-4-0', '4-8-0'];
  const lease = mergeLeaseId(inputs, 0);
  const held: JobState = {
    ...leased,
    leases: [],
    done: ChunkSet.of([[0, 8]]),
    partials: [heldPartial('0-4-0', '1'), heldPartial('4-8-0', '2')],
    merges: [{ id: lease, inputs, attempt: 0 }],
  };
  const merged = aLeaseComputed({ lease, about: { op: 'merge', inputs, attempt: 0 }, partial: 3 });
  const failed = (error: WireError, attempt = 0) => aLeaseFailed({ lease, about: { op: 'merge', inputs, attempt }, error });

  it('replaces its inputs by what they became, once', () => {
    const job = folded(held, merged);
    expect(job).toMatchObject({ partials: [{ id: lease, partial: '3' }], merges: [] });
    expect(folded(job, merged)).toEqual({ ...job, duplicateResults: 1 });
  });

  it('of which one input was merged elsewhere does not count', () => {
    const others = ['4-8-0', '8-9-0'];
    const elsewhere = aLeaseComputed({
      lease: mergeLeaseId(others, 0),
      about: { op: 'merge', inputs: others, attempt: 0 },
      partial: 3,
    });
    expect(folded(held, elsewhere)).toEqual({ ...held, duplicateResults: 1 });
  });

  it('that failed waits like a chunk and runs again under another id, while other partials are merged', () => {
    const job = folded(held, failed(boom));
    const dueMs = job.partials[0]!.notBeforeMs!;
    expect(dueMs - job.atMs).toBeGreaterThanOrEqual(limits.retryDelayMsFirst / 2);
    expect(planLeases(job, 1).issued).toEqual([]);
    const more = { ...job, partials: [...job.partials, heldPartial('8-12-0', '3'), heldPartial('12-16-0', '4')] };
    expect(planLeases(more, 1).issued.map((issued) => issued.lease)).toEqual([mergeLeaseId(['8-12-0', '12-16-0'], 0)]);
    const again = planLeases({ ...job, atMs: dueMs }, 1);
    expect(again.issued.map((issued) => issued.lease)).toEqual([mergeLeaseId(inputs, 1)]);
    expect(folded(again.job, failed(boom))).toEqual(again.job);
    const third = folded(again.job, failed(boom, 1)).partials[0]!.notBeforeMs!;
    expect(third - dueMs).toBeGreaterThanOrEqual(limits.retryDelayMsFirst);
  });

  it('that failed without a word about its inputs is known by its lease', () => {
    const unread = aLeaseFailed({
      lease,
      about: { op: 'merge', inputs: [], attempt: 0 },
      error: { ...boom, code: 'undecodable' },
    });
    expect(folded(held, unread)).toEqual(folded(held, failed({ ...boom, code: 'undecodable' })));
    const unknown = folded({ ...held, merges: [] }, unread);
    expect(unknown).toEqual({ ...held, merges: [], lostMerges: [lease], duplicateResults: 1 });
    expect(planLeases(unknown, 1).issued.map((issued) => issued.lease)).toEqual([mergeLeaseId(inputs, 1)]);
  });

  it('that failed after its job was requeued is answered, and runs again in the new round', () => {
    const requeued = { ...held, round: 1, partials: held.partials.map((partial) => ({ ...partial, mergeAttempt: 16 })) };
    const job = folded(requeued, failed(never));
    expect(job).toMatchObject({ merges: [], error: null });
    expect(planLeases(job, 1).issued.map((issued) => issued.lease)).toEqual([mergeLeaseId(inputs, 16)]);
  });

  it('that keeps failing is the end of the job', () => {
    expect(folded(held, failed(never)).error?.message).toBe('The partial results could not be merged: not in this life');
    const empty = aLeaseComputed({ lease, about: { op: 'merge', inputs, attempt: limits.attemptsMax - 1 }, partial: undefined });
    expect(folded(held, empty).error?.message).toBe('The partial results could not be merged: the merge returned no partial');
  });
});
