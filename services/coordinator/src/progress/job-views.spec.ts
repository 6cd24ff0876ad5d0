import { RevisionConflict } from '@manyhands/actor';
import { encode, keys, ManyhandsError, newJobId } from '@manyhands/proto';
import { aLeaseProgress, aSubmitJob } from '@manyhands/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChunkSet } from '../job/chunk-set.ts';
import { heuristics } from '../scheduling/heuristics.ts';
import { moved, submittedJob, type JobState } from '../job/state.ts';
import { VIEW_INTERVAL_MS, type SaveView } from './job-view-writer.ts';
import { JobViews } from './job-views.ts';
import { MemoryBucket } from './memory-bucket.fixture.ts';

const submit = aSubmitJob({ chunks: 100 });
const key = keys.job(submit.tenant, submit.job_id);
const running = moved(submittedJob(submit, 1_000), 'running');
const doneUpTo = (end: number): JobState => ({
  ...running,
  atMs: 1_000 + end,
  done: ChunkSet.of([[0, end]]),
  waiting: [{ attempt: 0, chunks: ChunkSet.of([[end, 100]]) }],
});
const completed: JobState = { ...moved(doneUpTo(100), 'completed'), result: '42' };

const first: SaveView = { do: 'save_view', state: running, slots: 1, urgency: 'status', fresh: true };
const progress = (end: number): SaveView => ({
  do: 'save_view',
  state: doneUpTo(end),
  slots: 1,
  urgency: 'progress',
  fresh: false,
});
const final: SaveView = { do: 'save_view', state: completed, slots: 0, urgency: 'final', fresh: false };

let bucket: MemoryBucket;
let views: JobViews;
const counts = () => bucket.writes.map(({ json }) => json['completed_chunks']);

beforeEach(() => {
  vi.useFakeTimers();
  bucket = new MemoryBucket();
  views = new JobViews(bucket);
});
afterEach(() => {
  views.forget(submit.job_id);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('how often', () => {
  it('a new status is stored at once, the first without a read', async () => {
    await views.save([first]);
    expect(bucket.writes).toMatchObject([{ key, json: { status: 'running' } }]);
    expect(bucket.reads).toBe(0);
  });

  it('progress is written once in 50 ms, newest wins, and the last one is never left out', async () => {
    await views.save([first]);
    for (let end = 1; end <= 20; end += 1) await views.save([progress(end)]);
    expect(counts()).toEqual([0]);
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    expect(counts()).toEqual([0, 20]);
    await vi.advanceTimersByTimeAsync(10 * VIEW_INTERVAL_MS);
    await views.save([progress(30)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(counts()).toEqual([0, 20, 30]);
  });

  it('of many states in one batch only the newest is written, as urgently as the most urgent', async () => {
    await views.save([first, progress(1), progress(2)]);
    expect(counts()).toEqual([2]);
    await views.save([progress(3), final]);
    expect(counts()).toEqual([2, 100]);
  });

  it('a brief job is written once, at its end, without a read', async () => {
    await views.save([{ ...first, urgency: 'brief' }]);
    await views.save([final]);
    await vi.advanceTimersByTimeAsync(10 * heuristics.briefViewMs);
    expect(counts()).toEqual([100]);
    expect(bucket.reads).toBe(0);
  });

  it('a brief job that takes longer is shown before long, with what it has done by then', async () => {
    await views.save([{ ...first, urgency: 'brief' }]);
    await views.save([progress(1)]);
    expect(counts()).toEqual([]);
    await vi.advanceTimersByTimeAsync(heuristics.briefViewMs);
    expect(counts()).toEqual([1]);
    await views.save([final]);
    expect(counts()).toEqual([1, 100]);
    expect(bucket.reads).toBe(0);
  });

  it('many brief jobs at once wait a little longer to be shown, at most two seconds, and those that end meanwhile are written once', async () => {
    const many = Array.from({ length: 1_500 }, (): SaveView => {
      const state = { ...first.state, submit: { ...submit, job_id: newJobId() } };
      return { ...first, state, urgency: 'brief' };
    });
    await views.save(many);
    await vi.advanceTimersByTimeAsync(heuristics.briefViewMs);
    expect(bucket.writes).toHaveLength(100);
    await vi.advanceTimersByTimeAsync(1_200 - heuristics.briefViewMs);
    expect(bucket.writes).toHaveLength(600);
    for (const { state } of many.slice(600, 800)) views.forget(state.submit.job_id);
    await vi.advanceTimersByTimeAsync(800);
    expect(bucket.writes).toHaveLength(1_300);
    for (const { state } of many) views.forget(state.submit.job_id);
    await views.save([{ ...first, urgency: 'brief' }]);
    await vi.advanceTimersByTimeAsync(heuristics.briefViewMs);
    expect(bucket.writes).toHaveLength(1_301);
  });

  it('what waits is written before a job is handed over, and nothing after that', async () => {
    await views.save([{ ...first, urgency: 'brief' }]);
    await views.writeNow();
    expect(bucket.writes).toMatchObject([{ json: { status: 'running' } }]);
    await views.writeNow();
    await vi.advanceTimersByTimeAsync(10 * heuristics.briefViewMs);
    expect(counts()).toEqual([0]);
  });

  it('nothing more is written of a job that was forgotten', async () => {
    await views.save([first]);
    await views.save([progress(5)]);
    views.forget(submit.job_id);
    await vi.advanceTimersByTimeAsync(10 * VIEW_INTERVAL_MS);
    expect(counts()).toEqual([0]);
  });
});

describe('a requeued job', () => {
  const again = (given: Partial<JobState>, urgency: SaveView['urgency']): SaveView => ({
    do: 'save_view',
    state: { ...running, round: 1, ...given },
    slots: 1,
    urgency,
    fresh: false,
  });

  it('is shown anew from its start over its final view, and ends once more', async () => {
    await views.save([first]);
    await views.save([final]);
    views.forget(submit.job_id);
    await views.save([again({}, 'status')]);
    await views.save([{ ...final, state: { ...completed, round: 1 } }]);
    await views.save([{ ...final, state: { ...completed, round: 1, result: '43' } }]);
    expect(bucket.writes.map(({ json }) => [json['round'], json['status'], json['result']])).toEqual([
      [undefined, 'running', null],
      [undefined, 'completed', 42],
      [1, 'running', null],
      [1, 'completed', 42],
    ]);
  });

  it('is not shown as it was in the round before', async () => {
    await views.save([again({}, 'status')]);
    views.forget(submit.job_id);
    await views.save([final]);
    expect(bucket.writes).toHaveLength(1);
  });
});

describe('the final view', () => {
  it('waits for the write before it and is the last', async () => {
    await views.save([first]);
    const gate = Promise.withResolvers<void>();
    bucket.gate = gate.promise;
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    await views.save([progress(10)]);
    const saved = views.save([final]);
    gate.resolve();
    await saved;
    await vi.advanceTimersByTimeAsync(10 * VIEW_INTERVAL_MS);
    expect(bucket.writes.map(({ json }) => json['status'])).toEqual(['running', 'running', 'completed']);
  });

  it('is written exactly once, whoever says it again', async () => {
    await views.save([first]);
    await views.save([final]);
    await new JobViews(bucket).save([final]);
    await new JobViews(bucket).save([{ ...final, fresh: true }]);
    expect(bucket.writes).toHaveLength(2);
  });

  it('of another owner is left alone without a word, also by one who believed to know the revision', async () => {
    await views.save([first]);
    await new JobViews(bucket).save([final]);
    await views.save([{ ...final, state: { ...completed, result: '"other"' } }]);
    expect(bucket.writes.map(({ json }) => json['result'])).toEqual([null, 42]);
  });
});

describe('the stored view', () => {
  const textOf = () => new TextDecoder().decode(bucket.stored.get(key)!.value);

  it('holds the result as the kernel wrote it, and last', async () => {
    const result = '{"a":1.0,"__proto__":{"b":1e400},"a":[ ]}';
    await views.save([first]);
    await views.save([{ ...final, state: { ...completed, result } }]);
    expect(textOf().endsWith(`,"result":${result}}`)).toBe(true);
  });

  it('is read without its result', async () => {
    await views.save([first]);
    await views.save([{ ...final, state: { ...completed, result: '"of a user"' } }]);
    const parse = vi.spyOn(JSON, 'parse');
    await new JobViews(bucket).save([final]);
    const texts = parse.mock.calls.map(([text]) => text);
    parse.mockRestore();
    expect(texts.some((text) => text.includes('"status":"completed"'))).toBe(true);
    expect(texts.some((text) => text.includes('of a user'))).toBe(false);
    expect(bucket.writes).toHaveLength(2);
  });

  it('of another release, that this one cannot read, is written over', async () => {
    await bucket.put(key, encode({ v: 9, state: 'unheard of' }));
    await views.save([{ ...first, fresh: false }]);
    expect(bucket.writes.at(-1)).toMatchObject({ json: { status: 'running' } });
  });
});

describe('two owners', () => {
  it('the one whose revision is old learns it, at once or at its next turn', async () => {
    await views.save([first]);
    const other = new JobViews(bucket);
    await other.save([{ ...progress(1), urgency: 'status' }]);
    await expect(views.save([{ ...progress(2), urgency: 'status' }])).rejects.toThrow(RevisionConflict);
    other.forget(submit.job_id);
  });

  it('progress that lost shows at the next save', async () => {
    await views.save([first]);
    const other = new JobViews(bucket);
    await other.save([{ ...progress(1), urgency: 'status' }]);
    await views.save([progress(2)]);
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    await expect(views.save([progress(3)])).rejects.toThrow(RevisionConflict);
    await expect(views.save([final])).rejects.toThrow(RevisionConflict);
    other.forget(submit.job_id);
  });

  it('one that is still catching up never sets the bar back', async () => {
    await views.save([first]);
    await views.save([{ ...progress(60), urgency: 'status' }]);
    const next = new JobViews(bucket);
    await next.save([{ ...progress(10), urgency: 'status' }]);
    await next.save([{ ...progress(70), urgency: 'status' }]);
    expect(counts()).toEqual([0, 60, 70]);
    next.forget(submit.job_id);
  });

  it('a submission delivered again goes on from the view that its first delivery left', async () => {
    await new JobViews(bucket).save([first]).finally(() => vi.clearAllTimers());
    await views.save([first]);
    expect(bucket.writes).toHaveLength(2);
    expect(bucket.reads).toBe(1);
  });
});

it('a write that failed is said, and the next reads where it stands', async () => {
  await views.save([first]);
  bucket.failNext = new ManyhandsError('unavailable', 'away');
  await expect(views.save([{ ...progress(1), urgency: 'status' }])).rejects.toThrow('away');
  await views.save([{ ...progress(2), urgency: 'status' }]);
  expect(counts()).toEqual([0, 2]);
  expect(bucket.reads).toBe(1);
});

describe('running leases', () => {
  const leased: SaveView = {
    ...first,
    state: {
      ...running,
      leases: [{ id: '0-50-0', span: [0, 50], attempt: 0 }],
      waiting: [{ attempt: 0, chunks: ChunkSet.of([[50, 100]]) }],
    },
  };
  const hear = (done: number) =>
    views.heard(encode(aLeaseProgress({ job_id: submit.job_id, lease: '0-50-0', begin: 0, end: 50, done })));
  const bars = () => bucket.writes.map(({ json }) => json['progress']);

  it('move the bar between two results, never the counts', async () => {
    await views.save([leased]);
    hear(20);
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    expect(bars()).toEqual([0, 0.2]);
    expect(counts()).toEqual([0, 0]);
  });

  it('move it inside a long chunk whose kernel says how far it is', async () => {
    await views.save([leased]);
    views.heard(encode(aLeaseProgress({ job_id: submit.job_id, lease: '0-50-0', begin: 0, end: 50, done: 20, share: 0.5 })));
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    expect(bars()).toEqual([0, 0.205]);
  });

  it('never move it back, not even when their lease is lost', async () => {
    await views.save([leased]);
    hear(20);
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    await views.save([{ ...progress(10), urgency: 'status' }]);
    await views.save([{ ...progress(50), urgency: 'status' }]);
    expect(bars()).toEqual([0, 0.2, 0.2, 0.5]);
  });

  it('of unknown jobs, and what cannot be read, are passed over', async () => {
    views.heard(encode(aLeaseProgress()));
    views.heard(encode({ type: 'LeaseProgress' }));
    await vi.advanceTimersByTimeAsync(VIEW_INTERVAL_MS);
    expect(bucket.writes).toEqual([]);
  });
});
