import { expect, it } from 'vitest';
import { queueRows } from './queue-rows.ts';

it('makes one row of the lanes of a kind, and puts kinds with nothing to do apart', () => {
  const idle = { waiting: 0, in_flight: 0, redelivered: 0 };
  const { busy, idle: still } = queueRows([
    { kind: 'sum', lane: 'high', ...idle },
    { kind: 'primes', lane: 'normal', waiting: 5, in_flight: 2, redelivered: 1 },
    { kind: 'primes', lane: 'high', waiting: 1, in_flight: 0, redelivered: 0 },
    { kind: 'again', lane: 'low', waiting: 0, in_flight: 0, redelivered: 3 },
  ]);
  expect(busy).toEqual([
    { kind: 'again', lanes: { low: { waiting: 0, in_flight: 0 } }, waiting: 0, inFlight: 0, redelivered: 3 },
    {
      kind: 'primes',
      lanes: { normal: { waiting: 5, in_flight: 2 }, high: { waiting: 1, in_flight: 0 } },
      waiting: 6,
      inFlight: 2,
      redelivered: 1,
    },
  ]);
  expect(still.map(({ kind }) => kind)).toEqual(['sum']);
});
