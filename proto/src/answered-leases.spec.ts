import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LEASE_OPS, LEASE_OUTCOMES, packedLeases, unpackedLeases, type AnsweredLease } from './answered-leases.ts';
import { AnsweredLeases } from './messages/answered-leases.ts';

const count = fc.nat(1_000_000);
const lease: fc.Arbitrary<AnsweredLease> = fc.record({
  op: fc.constantFrom(...LEASE_OPS),
  begin: count,
  end: count,
  attempt: fc.integer({ min: 1, max: 10 }),
  worker: fc.constantFrom('host-1-a', 'host-1-b', 'none'),
  slot: fc.nat(63),
  from_ms: count,
  took_ms: count,
  outcome: fc.constantFrom(...LEASE_OUTCOMES),
  failed_chunks: count,
});

it('a page reads as what was written into it, and is a message', () => {
  fc.assert(
    fc.property(fc.array(lease, { maxLength: 20 }), (leases) => {
      const page = { v: 1, type: 'AnsweredLeases', job_id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41', first: 0, through: 1 };
      const read = AnsweredLeases.parse({ ...page, ...packedLeases(leases) });
      expect(unpackedLeases(read)).toEqual(leases);
    }),
  );
});

it('a lease of an outcome that a later release knows is left out', () => {
  const packed = packedLeases([
    {
      op: 'compute',
      begin: 0,
      end: 1,
      attempt: 1,
      worker: 'w',
      slot: 0,
      from_ms: 0,
      took_ms: 1,
      outcome: 'lost',
      failed_chunks: 0,
    },
  ]);
  const later = packed.leases.map(([...lease]) => lease.with(8, 9) as typeof lease);
  expect(unpackedLeases({ ...packed, leases: later })).toEqual([]);
});
