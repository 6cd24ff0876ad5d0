import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeLeaseId,
  JobId,
  LeaseId,
  mergeLeaseId,
  newJobId,
  newScheduleId,
  PARTITIONS,
  partitionOf,
  scheduledJobId,
} from './ids.ts';

describe('ids', () => {
  it('maps every job to one of the partitions, always the same', () => {
    for (let index = 0; index < 200; index += 1) {
      const jobId = newJobId();
      expect(PARTITIONS).toContain(partitionOf(jobId));
      expect(partitionOf(jobId)).toBe(partitionOf(jobId));
    }
  });

  it('spreads jobs over all partitions', () => {
    const seen = new Set(Array.from({ length: 1000 }, () => partitionOf(newJobId())));
    expect(seen.size).toBe(PARTITIONS.length);
  });

  it('gives lease ids that fit a subject, equal exactly when the work is equal', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(999_999), { minLength: 2, maxLength: 50 }), fc.nat(9), (starts, attempt) => {
        const inputs = starts.map((start) => computeLeaseId(start, start + 1, 0));
        const id = mergeLeaseId(inputs, attempt);
        expect(LeaseId.safeParse(id).success).toBe(true);
        expect(mergeLeaseId([...inputs], attempt)).toBe(id);
        expect(mergeLeaseId(inputs.slice(1), attempt)).not.toBe(id);
      }),
    );
  });
});

it('the ids of merges of very many groups of neighbouring leases are all different, and so are their halves but for what chance brings', () => {
  const count = 300_000;
  const hashes = Array.from(
    { length: count },
    (_, group) =>
      mergeLeaseId(
        [0, 1, 2].map((at) => computeLeaseId(3 * group + at, 3 * group + at + 1, 0)),
        0,
      ).split('-')[2]!,
  );
  expect(new Set(hashes).size).toBe(count);
  // Of n values of 32 bits about n²/2³³ come twice: here 10. Of a hash with fewer bits many more would.
  for (const half of [hashes.map((hash) => hash.slice(0, 8)), hashes.map((hash) => hash.slice(8))])
    expect(count - new Set(half).size).toBeLessThan(40);
}, 20_000);

describe("the job of a schedule's run", () => {
  const schedule = newScheduleId();
  const atMs = Date.parse('2026-01-01T06:30:00Z');

  it('has the same id whenever it is asked for, and another for another run or schedule', () => {
    const id = scheduledJobId(schedule, '2026-01-02', atMs);
    expect(scheduledJobId(schedule, '2026-01-02', atMs)).toBe(id);
    expect(scheduledJobId(schedule, '2026-01-03', atMs)).not.toBe(id);
    expect(scheduledJobId(newScheduleId(), '2026-01-02', atMs)).not.toBe(id);
  });

  it('is a job id that sorts by when the run was due', () => {
    const ids = [0, 1, 60_000, 3_600_000].map((later) => scheduledJobId(schedule, String(later), atMs + later));
    for (const id of ids) expect(JobId.safeParse(id).success).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(newJobId() > ids[3]!).toBe(true);
  });
});
