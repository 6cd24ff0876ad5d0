import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTITIONS, computeLeaseId, LeaseId, mergeLeaseId, newJobId, partitionOf } from './ids.ts';

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
