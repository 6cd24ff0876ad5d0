import type { MailboxMessage } from '@manyhands/actor';
import { aCancelJob, aLeaseComputed, aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { jobBehaviour, type JobMessage } from './job.actor.ts';
import type { JobState } from './state.ts';

const surroundings = { slotsOf: () => 2, paceOf: () => undefined };
const submit = aSubmitJob({ chunks: 2 });
const { job_id } = submit;
let sequence = 0;

function decide(state: JobState | null, message: JobMessage, storedAtMs = 1_000) {
  const mail: MailboxMessage<JobMessage> = { actorId: job_id, sequence: (sequence += 1), storedAtMs, redelivered: false, message };
  return jobBehaviour.decide(state, mail, surroundings);
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
    expect(done(decide(turn.state, aLeaseComputed({ job_id, begin: 0, end: 2, partial: 3 })))).toEqual(['save_view', 'publish_finished']);
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
    const over = decide(merging.state, aLeaseComputed({ job_id, lease: merge!.id, about: { ...merge!, inputs: [...merge!.inputs], op: 'merge' }, partial: 3 }), 4_000);
    expect(done(over)).toEqual(['save_view', 'publish_finished']);
    expect(over).toMatchObject({ finished: true, state: { status: 'completed', result: 3, startedAtMs: 1_000, finishedAtMs: 4_000 } });
  });

  it('that is cancelled stops its leases; another tenant cannot', () => {
    const cancelled = decide(started, aCancelJob({ job_id }));
    expect(done(cancelled)).toEqual(['cancel_leases', 'save_view', 'publish_finished']);
    expect(cancelled).toMatchObject({ finished: true, state: { status: 'cancelled' } });
    expect(decide(started, aCancelJob({ job_id, tenant: 'mallory' })).state).toMatchObject({ status: 'running' });
  });

  it('that fails stops its leases and says why', () => {
    const error = { code: 'compute_refused', message: 'n is odd', retryable: false };
    const failed = decide(started, aLeaseComputed({ job_id, begin: 0, partial: undefined, failed: [{ chunk: 0, error }] }));
    expect(done(failed)).toEqual(['cancel_leases', 'save_view', 'publish_finished']);
    expect(failed.state).toMatchObject({ status: 'failed', error: { message: 'Chunk 0 cannot be computed: n is odd' } });
  });

  it('that may go on with gaps goes on, and fails only when nothing could be computed', () => {
    const lenient = decide(null, { ...submit, on_dead_chunk: 'continue' }).state;
    const error = { code: 'compute_refused', message: 'no', retryable: false };
    const fails = (begin: number) => aLeaseComputed({ job_id, begin, partial: undefined, failed: [{ chunk: begin, error }] });
    const one = decide(lenient, fails(0));
    expect(one.state).toMatchObject({ status: 'running', dead: [[0, 1]] });
    expect(decide(one.state, aLeaseComputed({ job_id, begin: 1, partial: 2 })).state).toMatchObject({ status: 'completed', result: 2 });
    expect(decide(one.state, fails(1)).state).toMatchObject({ status: 'failed', error: { message: 'Chunk 0 cannot be computed: no' } });
  });

  it('that is over never changes again', () => {
    const { state } = decide(started, aCancelJob({ job_id }));
    expect(decide(state, aLeaseComputed({ job_id }))).toEqual({ state, effects: [], finished: true });
  });

  it('whose clock goes back keeps its time', () => {
    expect(decide(started, aLeaseComputed({ job_id, begin: 0 }), 500).state?.atMs).toBe(1_000);
  });
});

describe('a job rebuilt', () => {
  it('takes on what is in WORK and hands out what is not', () => {
    const turn = jobBehaviour.recovered(started, { leases: [] }, surroundings);
    expect(done(turn)).toEqual(['publish_lease', 'publish_lease', 'save_view']);
    const leases = turn.effects.flatMap((effect) => (effect.do === 'publish_lease' ? [effect.lease] : []));
    expect(done(jobBehaviour.recovered(started, { leases }, surroundings))).toEqual(['save_view']);
  });

  it('after its end says its end again', () => {
    const { state } = decide(started, aCancelJob({ job_id }));
    expect(jobBehaviour.recovered(state, { leases: [] }, surroundings)).toMatchObject({ finished: true, effects: [{ do: 'cancel_leases' }, { do: 'save_view' }, { do: 'publish_finished' }] });
  });

  it('that nobody submitted stays unknown', () => {
    expect(jobBehaviour.recovered(null, { leases: [] }, surroundings)).toEqual({ state: null, effects: [] });
  });
});
