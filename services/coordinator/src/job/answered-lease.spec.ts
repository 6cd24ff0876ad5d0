import { aLeaseComputed, aLeaseFailed, aSubmitJob } from '@manyhands/testkit';
import { newJobId, type SubmitJob } from '@manyhands/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepingAnswers } from './answered-lease.ts';
import { jobBehaviour, type JobMessage, type JobSurroundings } from './job.actor.ts';
import type { JobState } from './state.ts';

const job_id = newJobId();
const surroundings: JobSurroundings = {
  slotsOf: () => 2,
  shareOf: () => ({ part: 1, smallestPart: 1, jobsOfTenant: 1, young: false }) as never,
  paceOf: () => undefined,
  leaseChunksMax: 1,
};
const behaviour = keepingAnswers(jobBehaviour);

/** Plays these messages, each at its time, and returns what is kept of them. */
function kept(submit: SubmitJob, mails: readonly [atMs: number, message: JobMessage][]) {
  let job: JobState | null = null;
  return [[0, submit] as [number, JobMessage], ...mails].flatMap(([storedAtMs, message], at) => {
    const turn = behaviour.decide(
      job,
      { actorId: job_id, sequence: at + 1, storedAtMs: 1_000_000 + storedAtMs, redelivered: false, message },
      surroundings,
    );
    job = turn.state;
    return turn.effects.flatMap((effect) => (effect.do === 'keep_answered' ? [effect] : []));
  });
}
const submit = aSubmitJob({ job_id, chunks: 8 });
const error = { code: 'compute_failed', message: 'no', retryable: true };

describe('what became of a lease', () => {
  it('states its slot, its chunks and its time, by the clock of the job', () => {
    const [one] = kept(submit, [
      [900, aLeaseComputed({ job_id, begin: 0, end: 1, partial: 1, compute_ms: 600, worker: 'w', slot: 3 })],
    ]);
    expect(one).toMatchObject({ sequence: 2, isFirst: true });
    expect(one!.lease).toEqual({
      op: 'compute',
      begin: 0,
      end: 1,
      attempt: 1,
      worker: 'w',
      slot: 3,
      from_ms: 300,
      took_ms: 600,
      outcome: 'computed',
      failed_chunks: 0,
    });
  });

  it('is failed, lost, returned or ignored', () => {
    const all = kept(submit, [
      [100, aLeaseComputed({ job_id, begin: 0, end: 1, failed: [{ chunk: 0, error }], compute_ms: 50 })],
      [
        200,
        aLeaseFailed({
          job_id,
          lease: '1-2-0',
          about: { op: 'compute', begin: 1, end: 2, attempt: 0 },
          error: { ...error, code: 'worker_lost' },
        }),
      ],
      [300, aLeaseComputed({ job_id, begin: 2, end: 3, partial: 1, compute_ms: 50 })],
      [400, aLeaseComputed({ job_id, begin: 2, end: 3, partial: 1, compute_ms: 50 })],
      [500, aLeaseComputed({ job_id, begin: 3, end: 5, partial: 1, left: [[4, 5]], compute_ms: 50 })],
    ]);
    expect(all.map(({ lease }) => lease.outcome)).toEqual(['failed', 'lost', 'computed', 'ignored', 'returned']);
    expect(all.map(({ isFirst }) => isFirst)).toEqual([true, false, false, false, false]);
    // It had its slot from the start, as far as is known.
    expect(all[1]!.lease).toMatchObject({ from_ms: 0, took_ms: 200 });
  });

  it('never began before the submission, nor ends after its answer, whatever a worker states', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: fc.nat(10_000), computeMs: fc.nat(100_000) }), { maxLength: 8 }), (answers) => {
        const all = kept(
          submit,
          answers.map(({ atMs, computeMs }, chunk) => [
            atMs,
            aLeaseComputed({ job_id, begin: chunk, end: chunk + 1, partial: 1, compute_ms: computeMs }),
          ]),
        );
        for (const { lease } of all) {
          expect(lease.from_ms).toBeGreaterThanOrEqual(0);
          expect(Number.isInteger(lease.took_ms)).toBe(true);
        }
        expect(all.length).toBe(answers.length);
      }),
    );
  });
});
