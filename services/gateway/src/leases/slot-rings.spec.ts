import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { limits, newJobId, type AnsweredLeases } from '@manyhands/proto';
import { packedLeases, unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import { SlotRings } from './slot-rings.ts';

const submitted_at = '2026-11-21T23:40:00.000Z';
const startMs = Date.parse(submitted_at);
const jobId = newJobId();

const lease = (at: number, slot = 0, worker = 'w'): AnsweredLease => ({
  op: 'compute',
  begin: at,
  end: at + 1,
  attempt: 1,
  worker,
  slot,
  from_ms: at * 10,
  took_ms: 10,
  outcome: 'computed',
  failed_chunks: 0,
});

function page(first: number, leases: readonly AnsweredLease[], job_id = jobId): AnsweredLeases {
  const times = { kind: 'sum', submitted_at };
  return { v: 1, type: 'AnsweredLeases', job_id, ...times, first, through: first + leases.length, ...packedLeases(leases) };
}

const begins = (rings: SlotRings, after = 0, fromMs = 0) =>
  rings
    .after(after, fromMs)
    .flatMap(unpackedLeases)
    .map(({ begin }) => begin)
    .sort((one, other) => one - other);

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

describe('the rings of slots', () => {
  it('have each lease once, however often its page comes, and who has read up to somewhere gets what is new', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 }), fc.nat(12), (steps, read) => {
        const rings = new SlotRings();
        let [count, sequence, seen, cursor] = [0, 0, 0, 0];
        for (const [at, step] of steps.entries()) {
          // A page is stored when it is full, and what is begun of the next one.
          for (const end of [Math.ceil((count + 1) / 100) * 100, count + step].filter(
            (each) => each > count && each <= count + step,
          )) {
            const first = Math.floor((end - 1) / 100) * 100;
            rings.add(
              (sequence += 1),
              page(
                first,
                numbers(first, end).map((each) => lease(each, each % 3)),
              ),
            );
          }
          count += step;
          if (at === read) [seen, cursor] = [count, rings.last];
        }
        expect(begins(rings)).toEqual(numbers(0, count));
        expect(begins(rings, cursor)).toEqual(numbers(seen, count));
      }),
    );
  });

  it('keep the newest of each slot, and the slots that had something last', () => {
    const rings = new SlotRings();
    const most = limits.clusterLeasesPerSlotMax;
    for (let first = 0; first <= most; first += 100)
      rings.add(
        first + 1,
        page(
          first,
          numbers(first, first + 100).map((at) => lease(at)),
        ),
      );
    expect(begins(rings)).toEqual(numbers(100, most + 100));
    for (const at of numbers(0, limits.clusterSlotsMax)) rings.add(10_000 + at, page(0, [lease(0, at, 'other')], newJobId()));
    expect(rings.after(0, 0).flatMap(({ workers }) => workers)).not.toContain('w');
    expect(begins(rings)).toHaveLength(limits.clusterSlotsMax);
  });

  it('leave out what ended before the time asked for, and pages that state no time', () => {
    const rings = new SlotRings();
    const { submitted_at: _, ...old } = page(0, [lease(7)], newJobId());
    rings.add(1, page(0, [lease(0), lease(1), lease(2)]));
    rings.add(2, old);
    expect(begins(rings, 0, startMs + 20)).toEqual([1, 2]);
    expect(rings.last).toBe(2);
  });

  it('begin again with a stream that was created again', () => {
    const rings = new SlotRings();
    rings.add(9, page(0, [lease(0)]));
    rings.add(3, page(0, [lease(5)], newJobId()));
    expect(begins(rings)).toEqual([5]);
  });
});
