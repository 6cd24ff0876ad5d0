import { encode } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { JobTally } from './job-tally.ts';

const none = { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };

test('a job counts once, in its newest state', () => {
  const tally = new JobTally();
  tally.note('local.a', encode({ status: 'pending' }), 1);
  tally.note('local.b', encode({ status: 'running' }), 2);
  tally.note('local.a', encode({ status: 'running' }), 3);
  tally.note('local.a', encode({ status: 'completed' }), 4);
  expect(tally.counts(5)).toEqual({ ...none, running: 1, paused: 0, completed: 1 });
});

test('a key that is gone, or holds what is no view, counts nowhere', () => {
  const tally = new JobTally();
  tally.note('local.a', encode({ status: 'running' }), 1);
  tally.note('local.b', encode({ status: 'running' }), 1);
  tally.note('local.a', undefined, 2);
  tally.note('local.b', encode('what'), 2);
  tally.note('local.c', new Uint8Array([1]), 2);
  tally.note('local.d', encode({ status: 'unheard of' }), 2);
  expect(tally.counts(3)).toEqual(none);
});

test('a job the bucket has forgotten is forgotten, one written since is not', () => {
  const tally = new JobTally(100);
  tally.note('local.a', encode({ status: 'running' }), 0);
  tally.note('local.b', encode({ status: 'failed' }), 10);
  tally.note('local.a', encode({ status: 'completed' }), 90);
  expect(tally.counts(110)).toEqual({ ...none, completed: 1, failed: 1 });
  expect(tally.counts(111)).toEqual({ ...none, completed: 1 });
  expect(tally.counts(191)).toEqual(none);
});
