import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { packedLeases } from '@manyhands/proto/answered-leases';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanesOf } from '../leases/lanes.ts';
import { grownLanes, jobsIn, leasesIn, rebased, shownLanes, type ClusterLease, type LaneBook } from './cluster-lanes.ts';

const lease = (from_ms: number, took_ms: number, given: Partial<ClusterLease> = {}): ClusterLease => ({
  op: 'compute',
  begin: 0,
  end: 1,
  attempt: 1,
  worker: 'w',
  slot: 0,
  from_ms,
  took_ms,
  outcome: 'computed',
  failed_chunks: 0,
  job_id: 'j',
  kind: 'sum',
  ...given,
});
const beat = (worker: string, given = {}) => ({ worker, slots: 2, busy_slots: 0, leases: [], ...given });
const names = (lanes: readonly { worker: string; slot: number }[]) => lanes.map(({ worker, slot }) => `${worker}/${slot}`);

describe('lanes that grow', () => {
  const some = fc.array(
    fc.record({
      from: fc.integer({ min: 1, max: 500 }),
      took: fc.nat(50),
      slot: fc.nat(2),
      worker: fc.constantFrom('a', 'b'),
    }),
    { maxLength: 30 },
  );

  it('are the same as those of all leases at once, in whatever pieces they come, and however often', () => {
    fc.assert(
      fc.property(some, fc.array(fc.nat(30), { maxLength: 5 }), (given, cuts) => {
        const all = given.map(({ from, took, ...rest }, begin) => lease(from, took, { ...rest, begin }));
        const steps = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        let book: LaneBook = new Map();
        for (const [at, end] of steps.entries()) {
          const begin = steps[at - 1] ?? 0;
          // A little of what was there before comes again.
          book = grownLanes(book, all.slice(Math.max(0, begin - 2), end), 0);
        }
        const spans = (lanes: Iterable<ReturnType<typeof lanesOf<ClusterLease>>[number]>) =>
          [...lanes].map(({ worker, slot, bars, busyMs }) => [
            `${worker}/${slot}`,
            busyMs,
            bars.map(({ fromMs, toMs }) => `${fromMs}-${toMs}`).sort(),
          ]);
        expect(spans(book.values()).sort()).toEqual(spans(lanesOf(all)).sort());
      }),
    );
  });

  it('lose what ended too long ago, and stay the same objects where nothing changed', () => {
    const book = grownLanes(new Map(), [lease(0, 10), lease(20, 10), lease(0, 90, { slot: 1 })], 0);
    const later = grownLanes(book, [], 15);
    expect(later.get('w/0')!.bars.map(({ fromMs }) => fromMs)).toEqual([20]);
    expect(later.get('w/1')).toBe(book.get('w/1'));
    expect([...grownLanes(later, [], 100).keys()]).toEqual([]);
  });

  it('begin later when they are moved', () => {
    const book = rebased(grownLanes(new Map(), [lease(100, 10)], 0), 40);
    expect(book.get('w/0')!.bars).toMatchObject([{ fromMs: 60, toMs: 70 }]);
  });
});

it('an answer is read in the time of the lanes', () => {
  const answered: AnsweredLease = lease(500, 20);
  const jobs = [{ job_id: 'j', kind: 'sum', submitted_at: '2026-11-21T23:40:00.000Z', ...packedLeases([answered]) }];
  const [read] = leasesIn({ jobs }, Date.parse('2026-11-21T23:39:59.000Z'));
  expect(read).toMatchObject({ job_id: 'j', kind: 'sum', from_ms: 1_500, took_ms: 20 });
});

describe('what is shown', () => {
  const baseMs = Date.parse('2026-11-21T23:40:00.000Z');
  const began_at = new Date(baseMs + 5_000).toISOString();

  it('has a lane for each thread, also of one that is idle, and those of workers that left at the end', () => {
    const book = grownLanes(new Map(), [lease(0, 1, { worker: 'gone' }), lease(0, 1, { worker: 'b', slot: 7 })], 0);
    expect(names(shownLanes(book, [beat('a'), beat('b', { slots: 9, kind_slots: { fetch: 8 } })], baseMs, 99))).toEqual([
      'a/0',
      'a/1',
      'b/0',
      'b/7',
      'gone/0',
    ]);
    expect(shownLanes(book, [beat('a')], baseMs, 1)).toHaveLength(1);
  });

  it('is open where a slot computes, from the beginning of what it computes', () => {
    const leases = [{ job_id: 'j', lease: '4-8-0', kind: 'sum', slot: 1, began_at }];
    const book = grownLanes(new Map(), [lease(0, 3_000, { slot: 1, begin: 0, end: 4 })], 0);
    const [idle, busy] = shownLanes(book, [beat('w', { leases })], baseMs, 9);
    expect([idle!.openFromMs, busy!.openFromMs]).toEqual([undefined, 5_000]);
  });

  it('is not open where that was answered since the heartbeat', () => {
    const leases = [{ job_id: 'j', lease: '4-8-0', kind: 'sum', slot: 0, began_at }];
    const book = grownLanes(new Map(), [lease(5_000, 300, { begin: 4, end: 8 })], 0);
    expect(shownLanes(book, [beat('w', { leases })], baseMs, 9)[0]!.openFromMs).toBeUndefined();
  });
});

it('jobs are listed by who had a slot last', () => {
  const book = grownLanes(
    new Map(),
    [lease(0, 1, { job_id: 'a' }), lease(9, 1, { job_id: 'b' }), lease(20, 1, { job_id: 'a' })],
    0,
  );
  expect(jobsIn(book).map(({ job_id }) => job_id)).toEqual(['a', 'b']);
});
