import type { MailboxMessage } from '@manyhands/actor';
import { encode, JobView, JsonText } from '@manyhands/proto';
import {
  aCancelJob,
  aComputeLease,
  aLeaseComputed,
  aLeaseFailed,
  aPauseJob,
  aRequeueJob,
  aResumeJob,
  aSubmitJob,
} from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { jobBehaviour, type JobMessage } from './job.actor.ts';
import { ALONE } from '../scheduling/share.ts';
import type { JobState } from './state.ts';
import { viewOf } from './view.ts';

const surroundings = { slotsOf: () => 2, shareOf: () => ALONE, paceOf: () => undefined };
const submit = aSubmitJob({ chunks: 2 });
const { job_id } = submit;
let sequence = 0;

function decide(state: JobState | null, message: JobMessage, storedAtMs = 1_000, isFollowed = false) {
  const mail: MailboxMessage<JobMessage> = {
    actorId: job_id,
    sequence: (sequence += 1),
    storedAtMs,
    redelivered: false,
    message,
  };
  return jobBehaviour.decide(state, mail, surroundings, isFollowed);
}
const done = ({ effects }: { effects: readonly { do: string }[] }) => effects.map((effect) => effect.do);
const started = decide(null, submit).state;

describe('a job', () => {
  it('begins with leases and a view that nobody can have written before', () => {
    const turn = decide(jobBehaviour.initial(job_id), submit);
    expect(done(turn)).toEqual(['publish_lease', 'publish_lease', 'save_view']);
    expect(turn.effects.at(-1)).toMatchObject({ urgency: 'status', fresh: true });
    expect(turn.finished).toBeUndefined();
  });

  it('without a slot counts what its answers say, those of one batch alike', () => {
    const alone = { ...surroundings, slotsOf: () => 0 };
    const messages = [0, 1, 2].map((begin) => aLeaseComputed({ job_id, begin, end: begin + 1, compute_ms: 5 }));
    const workedOn = (isFollowed: boolean) =>
      [aSubmitJob({ ...submit, chunks: 10 }), ...messages].reduce<JobState | null>((state, message, index) => {
        const mail = { actorId: job_id, sequence: index + 1, storedAtMs: 1_000 + index * 60_000, redelivered: false, message };
        return jobBehaviour.decide(state, mail, alone, isFollowed && index > 0).state;
      }, null);
    const { workedMs, hasSlots, idle } = workedOn(true)!;
    expect({ workedMs, hasSlots, idle }).toEqual({ workedMs: 15, hasSlots: false, idle: true });
    expect(workedOn(false)).toMatchObject({ workedMs, hasSlots, idle });
  });

  it('is opened by a submission and nothing else', () => {
    expect(jobBehaviour.opens(submit)).toBe(true);
    expect(jobBehaviour.opens(aCancelJob({ job_id }))).toBe(false);
    expect(decide(null, aCancelJob({ job_id }))).toEqual({ state: null, effects: [] });
  });

  it('of a shape that went quickly before is handed out whole: submit, lease, result, view', () => {
    const known = { ...surroundings, paceOf: () => ({ size: 1_000, msPerChunk: 0.01 }) };
    const mail = { actorId: job_id, sequence: 1, storedAtMs: 1_000, redelivered: false, message: submit };
    const turn = jobBehaviour.decide(null, mail, known);
    expect(done(turn)).toEqual(['publish_lease', 'save_view']);
    expect(turn.effects.at(-1)).toMatchObject({ urgency: 'brief', fresh: true });
    expect(done(decide(turn.state, aLeaseComputed({ job_id, begin: 0, end: 2, partial: 3 })))).toEqual([
      'save_view',
      'publish_finished',
    ]);
  });

  it('submitted a second time goes on as it was', () => {
    expect(decide(started, submit).state).toEqual(started);
  });

  it('that completes shows its end, tells history, and is finished', () => {
    const half = decide(started, aLeaseComputed({ job_id, begin: 0, partial: 1 }), 2_000);
    expect(half.effects).toMatchObject([{ do: 'save_view', urgency: 'progress' }]);
    const merging = decide(half.state, aLeaseComputed({ job_id, begin: 1, partial: 2 }), 3_000);
    expect(merging.effects[0]).toMatchObject({ do: 'publish_lease', lease: { task: { op: 'merge' } } });
    const [merge] = merging.state!.merges;
    const over = decide(
      merging.state,
      aLeaseComputed({ job_id, lease: merge!.id, about: { ...merge!, inputs: [...merge!.inputs], op: 'merge' }, partial: 3 }),
      4_000,
    );
    expect(done(over)).toEqual(['save_view', 'publish_finished']);
    expect(over).toMatchObject({
      finished: true,
      state: { status: 'completed', result: '3', startedAtMs: 1_000, finishedAtMs: 4_000 },
    });
  });

  it('of which several answers are at hand plans and shows once for all of them', () => {
    const big = decide(null, { ...submit, chunks: 100 }).state;
    const answers = [0, 1, 2].map((begin) => aLeaseComputed({ job_id, begin, partial: 1, compute_ms: 1_000 }));
    const first = decide(big, answers[0]!, 2_000, true);
    const second = decide(first.state, answers[1]!, 2_000, true);
    expect([done(first), done(second)]).toEqual([[], []]);
    const last = decide(second.state, answers[2]!, 2_000);
    expect(done(last)).toEqual(['publish_lease', 'publish_lease', 'publish_lease', 'save_view']);
    const oneByOne = answers.reduce((state, answer) => decide(state, answer, 2_000).state!, big!);
    expect(last.state).toEqual(oneByOne);
  });

  it('shows a new status at once, whatever is at hand', () => {
    const big = decide(null, { ...submit, chunks: 100 }).state;
    expect(done(decide(big, aPauseJob({ job_id }), 2_000, true))).toEqual(['save_view', 'cancel_leases']);
    expect(done(decide(big, aCancelJob({ job_id }), 2_000, true))).toContain('publish_finished');
  });

  // Seen: a job whose workers were away for ten minutes showed a tenth of its rate, and as much more time left.
  it('whose workers leave and come back shows rate, time left and duration without the time between', () => {
    const long = aSubmitJob({ job_id, chunks: 100 });
    const away = { ...surroundings, slotsOf: () => 0 };
    const answer = (begin: number) => aLeaseComputed({ job_id, begin, partial: 1, compute_ms: 1_000 });
    const one = decide(decide(null, long, 0).state, answer(0), 1_000).state;
    const left = jobBehaviour.woken!(one, away)!.state;
    const back = jobBehaviour.woken!(left, surroundings)!.state;
    const two = decide(back, answer(1), 601_000).state!;
    expect(viewOf(two, 2)).toMatchObject({ duration_sec: 2, rate: 1, eta_sec: 98 });
    const paused = decide(two, aPauseJob({ job_id }), 602_000).state;
    const resumed = decide(paused, aResumeJob({ job_id }), 900_000).state;
    expect(viewOf(decide(resumed, answer(2), 901_000).state!, 2)).toMatchObject({
      completed_chunks: 3,
      duration_sec: 4,
      rate: 0.75,
    });
  });

  it('that waits for its first worker has no time behind it yet', () => {
    const away = { ...surroundings, slotsOf: () => 0 };
    const mail: MailboxMessage<JobMessage> = {
      actorId: job_id,
      sequence: (sequence += 1),
      storedAtMs: 0,
      redelivered: false,
      message: submit,
    };
    const waiting = jobBehaviour.decide(null, mail, away).state;
    const begun = jobBehaviour.woken!(waiting, surroundings)!.state;
    const one = decide(begun, aLeaseComputed({ job_id, begin: 0, partial: 1, compute_ms: 50 }), 3_600_000).state!;
    expect(viewOf(one, 2)).toMatchObject({ duration_sec: 0.05, rate: 20 });
  });

  it('that is cancelled stops its leases; another tenant cannot', () => {
    const cancelled = decide(started, aCancelJob({ job_id }));
    expect(done(cancelled)).toEqual(['save_view', 'cancel_leases', 'publish_finished']);
    expect(cancelled).toMatchObject({ finished: true, state: { status: 'cancelled' } });
    expect(decide(started, aCancelJob({ job_id, tenant: 'mallory' })).state).toMatchObject({ status: 'running' });
  });

  it('that fails stops its leases and says why', () => {
    const error = { code: 'compute_refused', message: 'n is odd', retryable: false };
    const failed = decide(started, aLeaseComputed({ job_id, begin: 0, partial: undefined, failed: [{ chunk: 0, error }] }));
    expect(done(failed)).toEqual(['publish_dead', 'save_view', 'cancel_leases', 'publish_finished']);
    expect(failed.effects[0]).toMatchObject({
      letter: {
        begin: 0,
        end: 1,
        round: 0,
        error: { code: 'compute_refused' },
        runs: [{ run: 1, code: 'compute_refused', worker: 'worker-1' }],
      },
    });
    expect(failed.state).toMatchObject({ status: 'failed', error: { message: 'Chunk 0 cannot be computed: n is odd' } });
  });

  it('that may go on with gaps goes on, and fails only when nothing could be computed', () => {
    const lenient = decide(null, { ...submit, on_dead_chunk: 'continue' }).state;
    const error = { code: 'compute_refused', message: 'no', retryable: false };
    const fails = (begin: number) => aLeaseComputed({ job_id, begin, partial: undefined, failed: [{ chunk: begin, error }] });
    const one = decide(lenient, fails(0));
    expect(one.state).toMatchObject({ status: 'running', dead: ChunkSet.of([[0, 1]]) });
    expect(decide(one.state, aLeaseComputed({ job_id, begin: 1, partial: 2 })).state).toMatchObject({
      status: 'completed',
      result: '2',
    });
    expect(decide(one.state, fails(1)).state).toMatchObject({
      status: 'failed',
      error: { message: 'Chunk 0 cannot be computed: no' },
    });
  });

  it('that is paused takes its leases back, hands out none, and counts what still comes; resumed it goes on', () => {
    const big = decide(null, { ...submit, chunks: 8 }).state;
    const paused = decide(big, aPauseJob({ job_id }));
    expect(paused.effects).toMatchObject([
      { do: 'save_view', urgency: 'status' },
      { do: 'cancel_leases', forNow: true },
    ]);
    expect(paused.state).toMatchObject({ status: 'paused', leases: [] });
    expect(done(decide(paused.state, aPauseJob({ job_id })))).toEqual(['save_view']);
    const late = decide(paused.state, aLeaseComputed({ job_id, begin: 0 }));
    expect(done(late)).toEqual(['save_view']);
    expect(late.state).toMatchObject({ status: 'paused', done: ChunkSet.of([[0, 1]]) });
    expect(jobBehaviour.recovered(paused.state, { leases: [] }, surroundings, []).effects).toMatchObject([
      { do: 'save_view' },
      { do: 'cancel_leases', forNow: true },
    ]);
    expect(decide(paused.state, aResumeJob({ job_id, tenant: 'mallory' })).state).toMatchObject({ status: 'paused' });
    const resumed = decide(late.state, aResumeJob({ job_id }));
    expect(resumed.effects[0]).toMatchObject({ do: 'publish_lease', mayRepeat: true });
    expect(resumed.effects.at(-1)).toMatchObject({ do: 'save_view', urgency: 'status' });
    expect(resumed.state).toMatchObject({ status: 'running' });
    expect(decide(resumed.state, aResumeJob({ job_id })).state).toEqual(resumed.state);
    expect(decide(paused.state, aCancelJob({ job_id })).state).toMatchObject({ status: 'cancelled' });
  });

  it('that failed and is requeued goes on where it was, under lease ids nobody has answered', () => {
    const error = { code: 'compute_refused', message: 'not yet', retryable: false };
    const big = decide(null, { ...submit, chunks: 4 }).state;
    const half = decide(big, aLeaseComputed({ job_id, begin: 0, partial: 1 }));
    const failed = decide(half.state, aLeaseComputed({ job_id, begin: 1, partial: undefined, failed: [{ chunk: 1, error }] }));
    expect(jobBehaviour.reopens?.(aRequeueJob({ job_id }))).toBe(true);
    for (const given of [{ round: 2 }, { tenant: 'mallory' }])
      expect(decide(failed.state, aRequeueJob({ job_id, ...given }))).toEqual({
        state: failed.state,
        effects: [],
        finished: true,
        keep: true,
      });
    const again = decide(failed.state, aRequeueJob({ job_id }));
    expect(again.finished).toBeUndefined();
    expect(again.state).toMatchObject({
      status: 'running',
      round: 1,
      done: ChunkSet.of([[0, 1]]),
      dead: ChunkSet.NONE,
      partials: [{ id: '0-1-0', mergeAttempt: 16 }],
      error: null,
      finishedAtMs: null,
    });
    expect(again.effects).toMatchObject([{ lease: { lease: '1-4-16' } }, { do: 'save_view', urgency: 'status', fresh: false }]);
    expect(decide(again.state, aRequeueJob({ job_id })).state).toEqual(again.state);
    const cancelled = decide(started, aCancelJob({ job_id }));
    expect(decide(cancelled.state, aRequeueJob({ job_id })).state).toEqual(cancelled.state);
  });

  it('that goes on with gaps runs its dead chunks again while it runs', () => {
    const error = { code: 'compute_refused', message: 'not yet', retryable: false };
    const lenient = decide(null, { ...submit, on_dead_chunk: 'continue' }).state;
    const gap = decide(lenient, aLeaseComputed({ job_id, begin: 0, partial: undefined, failed: [{ chunk: 0, error }] }));
    const again = decide(gap.state, aRequeueJob({ job_id }));
    expect(again.state).toMatchObject({ round: 1, dead: ChunkSet.NONE, leases: [{ id: '1-2-0' }, { id: '0-1-16' }] });
    const never = decide(
      again.state,
      aLeaseComputed({ job_id, begin: 0, attempt: 16, partial: undefined, failed: [{ chunk: 0, error }] }),
    );
    expect(never.effects[0]).toMatchObject({ do: 'publish_dead', letter: { round: 1, runs: [{ run: 1 }] } });
    expect(decide(started, aRequeueJob({ job_id })).state).toMatchObject({ round: 0 });
  });

  it('that is over never changes again', () => {
    const { state } = decide(started, aCancelJob({ job_id }));
    expect(decide(state, aLeaseComputed({ job_id }))).toEqual({ state, effects: [], finished: true });
  });

  it('whose clock goes back goes back with it', () => {
    expect(decide(started, aLeaseComputed({ job_id, begin: 0 }), 500).state?.atMs).toBe(500);
  });
});

describe('a job that ends by what its user does', () => {
  const large = JsonText.of('x'.repeat(500_000));
  const error = { code: 'compute_refused', message: 'not in this life', retryable: false };
  const lenient = decide(null, { ...submit, on_dead_chunk: 'continue' }).state!;
  const fails = (begin: number, attempt = 0) =>
    aLeaseComputed({ job_id, begin, attempt, partial: undefined, failed: [{ chunk: begin, error }] });

  it('of which the partials cannot be merged computes all of it anew when it is requeued, under new ids', () => {
    const failed = [0, 1].reduce(
      (state, begin) => decide(state, aLeaseComputed({ job_id, begin, partial: large })).state!,
      started!,
    );
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'too_large' } });
    const again = decide(failed, aRequeueJob({ job_id }));
    expect(again.state).toMatchObject({ status: 'running', round: 1, done: ChunkSet.NONE, partials: [], workers: {} });
    expect(again.effects).toMatchObject([{ lease: { lease: '0-2-16' } }, { do: 'save_view' }]);
    expect(decide(again.state, aLeaseComputed({ job_id, begin: 0, end: 2, attempt: 16, partial: 3 })).state).toMatchObject({
      status: 'completed',
      result: '3',
    });
  });

  it('is told so in the same turn, whatever was said last', () => {
    const half = decide(lenient, aLeaseComputed({ job_id, begin: 0, partial: 7 })).state!;
    // As an earlier release left it: nothing is to be done any more, but nobody had looked.
    const stuck: JobState = { ...half, done: ChunkSet.of([[0, 2]]), leases: [], waiting: [] };
    for (const message of [
      aPauseJob({ job_id }),
      aRequeueJob({ job_id }),
      { v: 1 as const, type: 'TimerDue' as const, job_id, timer: 'retry' as const, at_ms: 5 },
    ]) {
      expect(decide(stuck, message)).toMatchObject({ finished: true, state: { status: 'completed', result: '7' } });
    }
  });

  it('of which a merge fails after it was requeued while it ran ends, and does not wait for ever', () => {
    const four = decide(null, { ...submit, chunks: 3, on_dead_chunk: 'continue' }).state!;
    const merging = [0, 1].reduce(
      (state, begin) => decide(state, aLeaseComputed({ job_id, begin, partial: begin })).state!,
      decide(four, fails(2)).state!,
    );
    const [merge] = merging.merges;
    const running = decide(merging, aRequeueJob({ job_id })).state!;
    expect(running).toMatchObject({ status: 'running', round: 1, merges: [merge], leases: [{ id: '2-3-16' }] });
    const failed = aLeaseFailed({
      job_id,
      lease: merge!.id,
      about: { op: 'merge', inputs: [...merge!.inputs], attempt: 0 },
      error,
    });
    const freed = decide(running, failed).state!;
    const dead = decide(freed, fails(2, 16));
    const [next] = dead.state!.merges;
    expect(next).toMatchObject({ attempt: 16 });
    const over = decide(dead.state, {
      ...failed,
      lease: next!.id,
      about: { op: 'merge', inputs: [...next!.inputs], attempt: 16 },
    });
    expect(over).toMatchObject({
      finished: true,
      keep: true,
      state: { status: 'failed', error: { message: 'The partial results could not be merged: not in this life' } },
    });
  });

  it('is kept when it may be requeued, and only then', () => {
    expect(decide(started, fails(0))).toMatchObject({ finished: true, keep: true });
    const gaps = decide(decide(lenient, fails(0)).state, aLeaseComputed({ job_id, begin: 1, partial: 2 }));
    expect(gaps).toMatchObject({ finished: true, keep: true, state: { status: 'completed' } });
    expect(decide(started, aCancelJob({ job_id })).keep).toBeUndefined();
    const whole = decide(decide(null, { ...submit, chunks: 1 }).state, aLeaseComputed({ job_id, begin: 0 }));
    expect(whole).toMatchObject({ finished: true, state: { status: 'completed' } });
    expect(whole.keep).toBeUndefined();
  });
});

describe('slots that come or go', () => {
  const wake = (state: JobState | null, slots: number) => jobBehaviour.woken!(state, { ...surroundings, slotsOf: () => slots });
  const big = decide(null, { ...submit, chunks: 100 }).state!;

  it('wake a job: it hands out what there is room for now, and is shown', () => {
    const more = wake(big, 10)!;
    expect(done(more)).toEqual([...new Array<string>(16).fill('publish_lease'), 'save_view']);
    expect(wake(more.state, 10)).toBeUndefined();
    expect(wake(more.state, 2)).toBeUndefined();
  });

  it('are nothing to a job that has enough, is paused, over, or unknown', () => {
    expect(wake(big, 2)).toBeUndefined();
    expect(wake(decide(big, aPauseJob({ job_id })).state, 10)).toBeUndefined();
    expect(wake(decide(big, aCancelJob({ job_id })).state, 10)).toBeUndefined();
    expect(wake(null, 10)).toBeUndefined();
  });

  it('change what a view says when the last one goes and when the first one comes', () => {
    const alone = wake(big, 0)!;
    expect(alone.effects).toMatchObject([{ do: 'save_view', slots: 0, urgency: 'progress' }]);
    expect(wake(alone.state, 0)).toBeUndefined();
    expect(wake(alone.state, 2)!.effects).toMatchObject([{ do: 'save_view', slots: 2 }]);
  });
});

describe('a job that is set aside', () => {
  const aside = (state: JobState | null, reason = 'RangeError: it is too much') =>
    jobBehaviour.setAside!(job_id, state, { step: 'save', reason }, 9_000);
  const half = decide(started, aLeaseComputed({ job_id, begin: 0, partial: 1 })).state!;

  it('ends, says why and what to do, stops what still runs, and is small', () => {
    const over = aside(half)!;
    expect(done(over)).toEqual(['save_view', 'cancel_leases', 'publish_finished']);
    expect(over).toMatchObject({
      finished: true,
      keep: true,
      state: {
        status: 'failed',
        round: 0,
        finishedAtMs: 9_000,
        error: { code: 'quarantined', retryable: false },
        partials: [],
        waiting: [],
        leases: [],
        done: ChunkSet.NONE,
      },
    });
    expect(over.state!.error!.message).toMatch(/its state could not be saved \(RangeError: it is too much\)\. Requeue it/);
    expect(aside(half, 'x'.repeat(10_000))!.state!.error!.message.length).toBeLessThanOrEqual(2_000);
    expect(JobView.safeParse(JSON.parse(new TextDecoder().decode(encode(viewOf(over.state!, 1))))).success).toBe(true);
  });

  it('takes no notice of what still comes, and runs all of it anew when it is requeued', () => {
    const { state } = aside(half)!;
    for (const message of [
      aLeaseComputed({ job_id, begin: 1 }),
      aCancelJob({ job_id }),
      aPauseJob({ job_id }),
      aResumeJob({ job_id }),
      submit,
    ]) {
      expect(decide(state, message)).toEqual({ state, effects: [], finished: true, keep: true });
    }
    const again = decide(state, aRequeueJob({ job_id }));
    expect(again.effects).toMatchObject([
      { lease: { lease: '0-1-16' } },
      { lease: { lease: '1-2-16' } },
      { do: 'save_view', urgency: 'status' },
    ]);
    expect(again.state).toMatchObject({ status: 'running', round: 1, error: null });
  });

  it('ends once more if it had ended, and stays cancelled if its user wanted that', () => {
    const completed = decide(decide(null, { ...submit, chunks: 1 }).state, aLeaseComputed({ job_id, begin: 0 })).state;
    expect(aside(completed)!.state).toMatchObject({ status: 'failed', result: null });
    expect(aside(decide(half, aCancelJob({ job_id })).state)).toMatchObject({
      finished: true,
      state: { status: 'cancelled', error: null },
    });
  });

  it('before anybody knows it is nothing', () => {
    expect(aside(null)).toBeUndefined();
  });
});

describe('a job rebuilt', () => {
  it('takes on what is in WORK and hands out what is not', () => {
    const turn = jobBehaviour.recovered(started, { leases: [] }, surroundings, []);
    expect(done(turn)).toEqual(['publish_lease', 'publish_lease', 'save_view']);
    const leases = turn.effects.flatMap((effect) => (effect.do === 'publish_lease' ? [effect.lease] : []));
    expect(done(jobBehaviour.recovered(started, { leases }, surroundings, []))).toEqual(['save_view']);
  });

  it('waits for the results at hand, and hands out none of their chunks again', () => {
    const mail = (message: JobMessage): MailboxMessage<JobMessage> => ({
      actorId: job_id,
      sequence: 9,
      storedAtMs: 1_000,
      redelivered: false,
      message,
    });
    const leases = started!.leases;
    const answered = leases.map(({ span: [begin, end] }) => mail(aLeaseComputed({ job_id, begin, end })));
    const turn = jobBehaviour.recovered(started, { leases: [] }, surroundings, answered);
    expect(done(turn)).toEqual(['save_view']);
    expect(turn.state?.leases).toEqual(leases);
    expect(done(jobBehaviour.recovered(started, { leases: [] }, surroundings, answered.slice(1)))).toEqual([
      'publish_lease',
      'save_view',
    ]);
  });

  // Seen: after a coordinator had died whole jobs were computed a second time, also after their end.
  it('stops leases of its own that results of the owner before make needless, and leases of that one which are in WORK', () => {
    const wide = decide(null, aSubmitJob({ job_id, chunks: 8 }), 1_000).state!;
    const lease = wide.leases[0]!;
    const plan = { ...wide, leases: [{ ...lease, id: '0-4-0', span: [0, 4] as const }], waiting: [] };
    const half = decide(
      { ...plan, waiting: [{ attempt: 0, chunks: ChunkSet.of([[4, 8]]) }] },
      aLeaseComputed({ job_id, begin: 2, end: 6 }),
    );
    expect(half.effects).toContainEqual({ do: 'cancel_lease', jobId: job_id, lease: '0-4-0' });
    const inWork = [aComputeLease({ job_id, begin: 4, end: 8 }), aComputeLease({ job_id, begin: 6, end: 8 })];
    const rebuilt = jobBehaviour.recovered(half.state, { leases: inWork }, surroundings, []);
    expect(rebuilt.effects.filter((effect) => effect.do === 'cancel_lease').map((effect) => effect.lease)).toEqual(['4-8-0']);
  });

  it('after its end says its end again', () => {
    const { state } = decide(started, aCancelJob({ job_id }));
    expect(jobBehaviour.recovered(state, { leases: [] }, surroundings, [])).toMatchObject({
      finished: true,
      effects: [{ do: 'save_view' }, { do: 'cancel_leases' }, { do: 'publish_finished' }],
    });
  });

  it('after its end writes the letters again that its last owner may not have come to', () => {
    const error = { code: 'compute_refused', message: 'no', retryable: false };
    const { state } = decide(started, aLeaseComputed({ job_id, begin: 0, partial: undefined, failed: [{ chunk: 0, error }] }));
    expect(done(jobBehaviour.recovered(state, { leases: [] }, surroundings, []))).toEqual([
      'publish_dead',
      'save_view',
      'cancel_leases',
      'publish_finished',
    ]);
  });

  it('that nobody submitted stays unknown', () => {
    expect(jobBehaviour.recovered(null, { leases: [] }, surroundings, [])).toEqual({ state: null, effects: [] });
  });
});

// Seen: a worker died with a lease, a copy of it was answered first, and the lease was computed once more after the end of the job.
describe('a lease that a copy was quicker than', () => {
  const late = {
    ...started!,
    leases: started!.leases.map((lease) => (lease.span[0] === 0 ? { ...lease, copied: true as const } : lease)),
  };
  const [copy, other] = [aLeaseComputed({ job_id, lease: '0-1-0-copy', begin: 0 }), aLeaseComputed({ job_id, begin: 1 })];
  const merged = (state: JobState) => {
    const [{ id, ...merge }] = state.merges as [JobState['merges'][number]];
    return decide(
      state,
      aLeaseComputed({ job_id, lease: id, about: { ...merge, inputs: [...merge.inputs], op: 'merge' }, partial: 3 }),
    );
  };

  it('is taken back at the end of its job, however long ago that was, and also after its coordinator died', () => {
    const half = decide(late, copy);
    expect(done(half)).toEqual(['save_view', 'cancel_lease']);
    const over = merged(decide(half.state, other).state!);
    expect(over.state).toMatchObject({ status: 'completed' });
    expect(done(over)).toEqual(['save_view', 'cancel_leases', 'publish_finished']);
    expect(over.effects).toContainEqual({ do: 'cancel_leases', jobId: job_id, round: 0, forNow: false });
    expect(done(jobBehaviour.recovered(over.state, { leases: [] }, surroundings, []))).toContain('cancel_leases');
  });

  it('is taken back by the answer that ends its job', () => {
    const single = decide(null, aSubmitJob({ job_id, chunks: 1 })).state!;
    const copied = { ...single, leases: single.leases.map((lease) => ({ ...lease, copied: true as const })) };
    expect(done(decide(copied, copy))).toEqual(['save_view', 'cancel_leases', 'publish_finished', 'cancel_lease']);
  });

  it('costs nothing where the other lease was answered before', () => {
    const over = merged(decide(decide(started, aLeaseComputed({ job_id, begin: 0 })).state, other).state!);
    expect(done(over)).toEqual(['save_view', 'publish_finished']);
  });
});

describe('dead letters that may not have been written', () => {
  const chunk = aSubmitJob({ job_id, chunks: 1, max_attempts: 1 });
  const died = decide(decide(null, chunk).state, aLeaseFailed({ job_id, begin: 0, end: 1 })).state!;
  const rebuilt = (...atHand: { message: JobMessage; storedAtMs: number }[]) =>
    done(
      jobBehaviour.recovered(
        died,
        { leases: [] },
        surroundings,
        atHand.map((one) => ({ actorId: job_id, sequence: 99, redelivered: true, ...one })),
      ),
    );

  it('are written again by an owner that takes over', () => {
    expect(died.status).toBe('failed');
    expect(rebuilt()).toContain('publish_dead');
    expect(rebuilt({ message: aCancelJob({ job_id }), storedAtMs: 1_100 })).toContain('publish_dead');
  });

  // Seen: requeued on the operations page, they stood there again.
  it('are not once the job is run again, or long after its end: somebody has dealt with them', () => {
    expect(rebuilt({ message: aRequeueJob({ job_id, round: 1 }), storedAtMs: 1_100 })).not.toContain('publish_dead');
    expect(rebuilt({ message: aCancelJob({ job_id }), storedAtMs: 70_000 })).not.toContain('publish_dead');
  });
});
