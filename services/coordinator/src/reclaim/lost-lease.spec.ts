import { LeaseFailed, NO_WORKER } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { lostLease } from './lost-lease.ts';

it('a lost lease is answered as one that cost its workers, without the bytes it carried', () => {
  const lost = lostLease(aComputeLease({ begin: 3, end: 8, attempt: 1 }), 10);
  expect(LeaseFailed.parse(lost)).toEqual(lost);
  expect(lost).toMatchObject({
    lease: '3-8-1',
    about: { op: 'compute', begin: 3, end: 8, attempt: 1 },
    worker: NO_WORKER,
    delivery: 10,
    error: { code: 'worker_lost', retryable: true },
  });
});

it('a lost merge names its inputs', () => {
  const inputs = [
    { id: '0-4-0', partial: 1 },
    { id: '4-8-0', partial: 2 },
  ];
  expect(lostLease(aComputeLease({ lease: 'm-2-a-0', task: { op: 'merge', inputs, attempt: 0 } }), 4).about).toEqual({
    op: 'merge',
    inputs: ['0-4-0', '4-8-0'],
    attempt: 0,
  });
});
