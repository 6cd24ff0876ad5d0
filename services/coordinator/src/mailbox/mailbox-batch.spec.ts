import { expect, it } from 'vitest';
import { gatherMs } from './mailbox-batch.ts';

it('what comes alone never waits, a stream of messages is gathered, and a large batch goes on at once', () => {
  expect([gatherMs(1, 0), gatherMs(3, 1)]).toEqual([0, 0]);
  expect([gatherMs(4, 0), gatherMs(500, 63)]).toEqual([3, 3]);
  expect([gatherMs(4, 64), gatherMs(500, 1_000)]).toEqual([0, 0]);
});
