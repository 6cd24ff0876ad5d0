/**
 * What a turn costs its coordinator: no message that may come takes more than 50 ms of processor, whatever the job went through before.
 *
 * A turn is pure, so it can be taken again: the least of some tries is what it costs, the rest is the machine. Beside other tests, or on a slower machine, a turn takes several times as long; so it is
 * held against fixed work on the same core, and looked for what costs many times too much. A coordinator names each turn that took longer than it should.
 */
import type { MailboxMessage } from '@manyhands/actor';
import { limits, type ComputeLease, type WireError } from '@manyhands/proto';
import { aComputeLease, aLeaseComputed, aLeaseFailed, aPauseJob, aRequeueJob, aResumeJob, aSubmitJob } from '@manyhands/testkit';
import { timesOfFixedWork } from '@manyhands/testkit/yardstick';
import { describe, expect, it } from 'vitest';
import { jobStateJson } from '../takeover/job-state-codec.ts';
import { ChunkSet } from './chunk-set.ts';
import { jobBehaviour, type JobMessage } from './job.actor.ts';
import { ALONE } from '../scheduling/share.ts';
import type { Span } from './spans.ts';
import { heldPartial } from './held.ts';
import { assertWhole, moved, submittedJob, type JobState } from './state.ts';
import { viewOf } from './view.ts';

/** Of the fixed work, which takes a millisecond of a core that does nothing else. */
const TURN_COST_MAX = 200;
const TOTAL = limits.chunkCountMax;
const submit = aSubmitJob({ chunks: TOTAL, on_dead_chunk: 'continue', max_attempts: 3 });
const { job_id } = submit;
const surroundings = { slotsOf: () => 300, shareOf: () => ALONE, paceOf: () => undefined };
const boom: WireError = { code: 'compute_failed', message: 'boom', retryable: true };

const costOf = (work: () => unknown): number => timesOfFixedWork(work, TURN_COST_MAX);

const mailOf = (message: JobMessage, storedAtMs: number): MailboxMessage<JobMessage> => ({
  actorId: job_id,
  sequence: 1,
  storedAtMs,
  redelivered: false,
  message,
});
const turn = (state: JobState, message: JobMessage, storedAtMs = state.atMs + 1) =>
  jobBehaviour.decide(state, mailOf(message, storedAtMs), surroundings);

/** Of every ten chunks five are done, one is dead, one waits for its time, and three were never leased; each in as many pieces as can be. */
function shattered(): JobState {
  const spread = (at: number[]) =>
    ChunkSet.of(
      Array.from({ length: TOTAL / 20 }, (_, ten) => at.map((one): Span => [ten * 10 + one, ten * 10 + one + 1])).flat(),
    );
  const later = (round: number) =>
    Array.from({ length: 16 }, (_, due) => ({
      attempt: round,
      notBeforeMs: 100_000 + due * 100,
      chunks: ChunkSet.of(
        Array.from({ length: TOTAL / 640 }, (_, ten): Span => [
          (ten * 32 + 2 * due) * 10 + 8 - round,
          (ten * 32 + 2 * due) * 10 + 9 - round,
        ]).filter(([chunk]) => chunk < TOTAL / 2),
      ),
    }));
  const [done, dead] = [spread([0, 2, 4, 5, 9]), spread([3])];
  const waiting = [...later(2), ...later(1)];
  const known = waiting.reduce((all, { chunks }) => all.union(chunks), done.union(dead));
  const job: JobState = {
    ...moved(submittedJob(submit, 90_000, { size: 50_000, msPerChunk: 0.003 }), 'running'),
    done,
    dead,
    waiting: [...waiting, { attempt: 0, chunks: ChunkSet.of([[0, TOTAL]]).minus(known) }],
    partials: Array.from({ length: 2_000 }, (_, index) => heldPartial(`${index}-${index + 1}-0`, '1234567890')),
    failures: Array.from({ length: 500 }, (_, index) => ({
      span: [index * 10 + 7, index * 10 + 8] as const,
      bytes: 100,
      runs: [{ run: 1, code: 'c', message: 'm', worker: 'w', at: 't' }],
    })),
  };
  assertWhole(job);
  return job;
}

describe('a turn of a million chunks in hundreds of thousands of pieces', () => {
  const job = shattered();
  const [begin, end] = [TOTAL / 2, TOTAL / 2 + 17_000];

  it('takes up a result in which as many chunks failed as fit into a message', () => {
    const failed = Array.from({ length: end - begin }, (_, at) => ({ chunk: begin + at, error: boom }));
    const result = aLeaseComputed({ job_id, begin, end, partial: undefined, failed });
    expect(turn(job, result).state).toMatchObject({ retries: end - begin });
    expect(costOf(() => turn(job, result))).toBeLessThan(TURN_COST_MAX);
    const never = aLeaseComputed({
      job_id,
      begin,
      end,
      partial: undefined,
      failed: failed.map(({ chunk }) => ({ chunk, error: { ...boom, retryable: false } })),
    });
    expect(costOf(() => turn(job, never))).toBeLessThan(TURN_COST_MAX);
  });

  it('takes up a result of which as many pieces were left as fit into a message', () => {
    const left = Array.from({ length: 60_000 }, (_, at): [number, number] => [begin + 2 * at, begin + 2 * at + 1]);
    const result = aLeaseComputed({ job_id, begin, end: begin + 120_000, left });
    expect(turn(job, result).state!.done.size).toBe(job.done.size + 60_000);
    expect(costOf(() => turn(job, result))).toBeLessThan(TURN_COST_MAX);
  });

  it('takes up results of one chunk, of a span, of a lost span, and what rings for all that waits', () => {
    const messages: JobMessage[] = [
      aLeaseComputed({ job_id, begin, end: begin + 1, partial: undefined, failed: [{ chunk: begin, error: boom }] }),
      aLeaseComputed({ job_id, begin, end: TOTAL }),
      aLeaseFailed({ job_id, begin, end: TOTAL }),
      aLeaseComputed({ job_id, begin: 7, end: 8, attempt: 1, partial: undefined, failed: [{ chunk: 7, error: boom }] }),
      { v: 1, type: 'TimerDue', job_id, timer: 'retry', at_ms: 100_000 },
    ];
    for (const message of messages) expect(costOf(() => turn(job, message, 200_000))).toBeLessThan(TURN_COST_MAX);
    expect(costOf(() => turn(job, messages[0]!, 1_000))).toBeLessThan(TURN_COST_MAX);
  });

  it('is paused, resumed, requeued, woken, rebuilt and shown', () => {
    const running = turn(job, aLeaseComputed({ job_id, begin, end: begin + 1 }), 200_000).state!;
    expect(running.leases.length).toBeGreaterThan(900);
    const paused = turn(running, aPauseJob({ job_id })).state!;
    const failed = { ...moved(running, 'failed'), error: boom };
    const leases = running.leases.map(({ span: [from, to], attempt }): ComputeLease =>
      aComputeLease({ job_id, begin: from, end: to, attempt, total: TOTAL }),
    );
    const works: Record<string, () => unknown> = {
      pause: () => turn(running, aPauseJob({ job_id })),
      resume: () => turn(paused, aResumeJob({ job_id })),
      requeue: () => turn(running, aRequeueJob({ job_id })),
      'requeue of one that failed': () => turn(failed, aRequeueJob({ job_id })),
      wake: () => jobBehaviour.woken?.(running, surroundings),
      rebuild: () => jobBehaviour.recovered(running, { leases }, surroundings, []),
      view: () => viewOf(running, 1),
      snapshot: () => JSON.stringify(jobStateJson(running)),
    };
    for (const [what, work] of Object.entries(works))
      expect([what, costOf(work)]).toEqual([what, expect.toSatisfy((cost: number) => cost < TURN_COST_MAX)]);
  });
});

it('the cost of a failure does not grow with those before it', () => {
  const slots = { ...surroundings, slotsOf: () => 2 };
  /** Milliseconds of processor of a job of which every tenth chunk always throws, from its first turn to its end, and how many results it took. */
  function run(chunks: number): { ms: number; results: number } {
    const small = { ...submit, chunks };
    const open: ComputeLease[] = [];
    let state: JobState | null = null;
    let sequence = 0;
    const take = (message: JobMessage, storedAtMs: number): void => {
      const next = jobBehaviour.decide(state, { ...mailOf(message, storedAtMs), sequence: (sequence += 1) }, slots);
      state = next.state;
      for (const effect of next.effects) if (effect.do === 'publish_lease') open.push(effect.lease);
    };
    let atMs = 1_000;
    const before = process.threadCpuUsage();
    take(small, atMs);
    while (state!.status === 'running') {
      const lease = open.shift();
      atMs += 1;
      if (lease === undefined) {
        atMs = Math.max(atMs, state!.timerAtMs!);
        take({ v: 1, type: 'TimerDue', job_id, timer: 'retry', at_ms: state!.timerAtMs! }, atMs);
      } else if (lease.task.op === 'merge') {
        take(
          aLeaseComputed({
            job_id,
            lease: lease.lease,
            about: { op: 'merge', inputs: lease.task.inputs.map(({ id }) => id), attempt: lease.task.attempt },
          }),
          atMs,
        );
      } else {
        const { begin, attempt } = lease.task;
        // A worker hands back what is left after a thousand failures.
        const end = Math.min(lease.task.end, begin + 10_000);
        const failed = Array.from({ length: Math.ceil((end - begin) / 10) + 1 }, (_, at) => (Math.ceil(begin / 10) + at) * 10)
          .filter((chunk) => chunk < end)
          .map((chunk) => ({ chunk, error: boom }));
        const left: [number, number][] = end < lease.task.end ? [[end, lease.task.end]] : [];
        take(
          aLeaseComputed({
            job_id,
            begin,
            end: lease.task.end,
            attempt,
            failed,
            left,
            partial: failed.length < end - begin ? 1 : undefined,
            compute_ms: (end - begin) / 500,
          }),
          atMs,
        );
      }
    }
    const { user, system } = process.threadCpuUsage(before);
    expect(state).toMatchObject({ status: 'completed', letterCount: chunks / 10 });
    expect(state!.dead.size).toBe(chunks / 10);
    return { ms: (user + system) / 1_000, results: sequence };
  }
  run(10_000);
  const [few, many] = [run(10_000), run(100_000)];
  expect(many.results).toBeGreaterThan(20_000);
  // Ten times the failures cost about ten times as much; when each looked at all before it they cost a hundred times as much.
  expect(many.ms / many.results).toBeLessThan(3 * Math.max(few.ms / few.results, 0.05));
}, 120_000);
