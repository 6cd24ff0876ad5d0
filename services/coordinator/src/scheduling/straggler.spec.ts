import { aLeaseComputed, aLeaseFailed, aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from '../job/chunk-set.ts';
import { foldResult } from '../job/fold.ts';
import { planLeases } from './plan.ts';
import { withRecalledLeases } from '../job/recover.ts';
import { ALONE } from './share.ts';
import { lengthOf } from '../job/spans.ts';
import { NO_TIMING } from '../job/timing/timing.ts';
import { assertWhole, submittedJob, type JobState } from '../job/state.ts';
import { losersOf, nextLateAtMs, withCopies } from './straggler.ts';

const submit = aSubmitJob({ chunks: 4 });

/** Its first half is done, at 100 ms a chunk; both leases of the other are out since 1,000 ms. */
const tail: JobState = {
  ...submittedJob(submit, 1_000, { size: 1, msPerChunk: 100 }),
  status: 'running',
  waiting: [],
  done: ChunkSet.of([[0, 2]]),
  leases: [
    { id: '2-3-0', span: [2, 3], attempt: 0, sinceMs: 1_000 },
    { id: '3-4-0', span: [3, 4], attempt: 0, sinceMs: 1_100 },
  ],
};
const at = (atMs: number, job = tail): JobState => ({ ...job, atMs });
const copiesAt = (atMs: number, slots: number, job = tail) => withCopies(at(atMs, job), slots, ALONE).copied.map(({ id }) => id);
/** Both leases have a copy. */
const copied = withCopies(at(9_000), 8, ALONE).job;

describe('a lease that is late', () => {
  it('is leased again, the latest first, as far as there are free slots', () => {
    expect(copiesAt(1_799, 8)).toEqual([]);
    expect(copiesAt(1_800, 8)).toEqual(['2-3-0-copy']);
    expect(copiesAt(1_900, 8)).toEqual(['2-3-0-copy', '3-4-0-copy']);
    expect(copiesAt(9_000, 3)).toEqual(['2-3-0-copy']);
    expect(copiesAt(9_000, 2)).toEqual([]);
  });

  it('has one copy at most', () => {
    expect(copiesAt(60_000, 8, copied)).toEqual([]);
    expect(nextLateAtMs(copied, 8, ALONE)).toBe(Infinity);
  });

  it('has none while chunks wait, while other jobs want the slots, or when leases are short', () => {
    const waiting = { ...tail, leases: tail.leases.slice(1), waiting: [{ attempt: 0, chunks: ChunkSet.of([[2, 3]]) }] };
    expect(copiesAt(9_000, 8, waiting)).toEqual([]);
    expect(copiesAt(9_000, 8, { ...waiting, waiting: [{ ...waiting.waiting[0]!, notBeforeMs: 60_000 }] })).toEqual([
      '3-4-0-copy',
    ]);
    expect(withCopies(at(9_000), 8, { ...ALONE, part: 0.3 }).copied).toEqual([]);
    expect(copiesAt(9_000, 8, { ...tail, pace: { size: 1, msPerChunk: 10 } })).toEqual([]);
    expect(copiesAt(9_000, 8, { ...tail, pace: { size: 1, msPerChunk: null } })).toEqual([]);
  });

  it('has none where the job waited for turns under a rate', () => {
    const paced: JobState = { ...tail, timing: { ...NO_TIMING, busy: { ...NO_TIMING.busy, pacing: 1 } } };
    expect(copiesAt(9_000, 8, paced)).toEqual([]);
    expect(nextLateAtMs(paced, 8, ALONE)).toBe(Infinity);
  });

  it('is looked for when it will be late', () => {
    expect(nextLateAtMs(tail, 8, ALONE)).toBe(1_800);
    expect(nextLateAtMs(tail, 2, ALONE)).toBe(Infinity);
  });

  it('carries the same work under another id', () => {
    const [lease] = planLeases(at(9_000), 3, ALONE).issued;
    expect(lease).toMatchObject({ lease: '2-3-0-copy', task: { op: 'compute', begin: 2, end: 3, attempt: 0 } });
  });
});

describe('of two leases on one span', () => {
  it('the first result counts, the other one is named to be cancelled, and a late one changes nothing', () => {
    for (const [lease, loser] of [
      ['2-3-0', '2-3-0-copy'],
      ['2-3-0-copy', '2-3-0'],
    ] as const) {
      const result = aLeaseComputed({ lease, begin: 2, end: 3 });
      const done = foldResult(copied, result);
      expect(done).toMatchObject({ done: ChunkSet.of([[0, 3]]), retries: 0, duplicateResults: 0 });
      expect(losersOf(copied, done, result)).toEqual([loser]);
      const late = aLeaseComputed({ lease: loser, begin: 2, end: 3 });
      expect(foldResult(done, late)).toEqual({ ...done, duplicateResults: 1 });
      expect(losersOf(done, done, late)).toEqual([]);
    }
  });

  it('a failure is one attempt, and the result of the other still counts', () => {
    const failed = foldResult(
      copied,
      aLeaseFailed({ lease: '2-3-0-copy', begin: 2, end: 3, error: { code: 'worker_lost', message: 'gone', retryable: true } }),
    );
    expect(failed).toMatchObject({ retries: 1, waiting: [{ attempt: 1, chunks: ChunkSet.of([[2, 3]]) }] });
    expect(
      foldResult(
        failed,
        aLeaseFailed({ lease: '2-3-0', begin: 2, end: 3, error: { code: 'worker_lost', message: 'gone', retryable: true } }),
      ),
    ).toEqual(failed);
    expect(foldResult(failed, aLeaseComputed({ lease: '2-3-0', begin: 2, end: 3 }))).toMatchObject({
      done: ChunkSet.of([[0, 3]]),
      waiting: [],
    });
  });

  it('an owner that finds both knows them as one, in any order', () => {
    const { issued } = planLeases(at(9_000), 3, ALONE);
    const first = { ...issued[0]!, lease: '2-3-0' };
    for (const found of [
      [first, issued[0]!],
      [issued[0]!, first],
    ]) {
      const job = withRecalledLeases(at(9_000), [], found);
      expect(job.leases).toEqual([{ id: '2-3-0', span: [2, 3], attempt: 0, sinceMs: 9_000, copied: true }]);
      assertWhole(job);
    }
  });
});

it('at any time every chunk waits, is leased or is done once, no span has two copies, and no more is outstanding than there are slots for', () => {
  const step = fc.record({ ms: fc.nat(3_000), answer: fc.nat(), twice: fc.boolean(), slots: fc.integer({ min: 0, max: 6 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 60 }), (chunks, steps) => {
      let { job, issued } = planLeases(submittedJob(aSubmitJob({ chunks }), 0), 4, ALONE);
      const work = [...issued];
      const ids = new Set<string>();
      for (const { ms, answer, twice, slots } of steps) {
        const taken = work[answer % Math.max(1, work.length)];
        job = { ...job, atMs: job.atMs + ms };
        if (taken?.task.op === 'compute') {
          const { begin, end } = taken.task;
          job = foldResult(job, aLeaseComputed({ lease: taken.lease, begin, end, compute_ms: 50 * (end - begin) }));
          if (!twice) work.splice(work.indexOf(taken), 1);
        }
        const outstanding = job.leases.length;
        ({ job, issued } = planLeases(job, slots, ALONE));
        assertWhole(job);
        for (const lease of issued.filter(({ lease: id }) => id.endsWith('-copy'))) {
          expect(ids.has(lease.lease)).toBe(false);
          ids.add(lease.lease);
          expect(outstanding + job.leases.filter((one) => one.copied).length).toBeLessThanOrEqual(slots);
        }
        expect(job.leases.reduce((sum, { span }) => sum + lengthOf(span), 0)).toBeLessThanOrEqual(chunks);
        work.push(...issued);
      }
      expect(job.retries).toBe(0);
    }),
  );
}, 60_000);
