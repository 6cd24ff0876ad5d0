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

test('the chunks left are those of jobs that wait or run, by kind', () => {
  const tally = new JobTally(100);
  const job = (kind: string, status: string, done: number, failed = 0): Uint8Array =>
    encode({ kind, status, total_chunks: 10, completed_chunks: done, failed_chunks: failed });
  tally.note('local.a', job('sum', 'pending', 0), 1);
  tally.note('local.b', job('sum', 'running', 3, 1), 2);
  tally.note('local.c', job('primes', 'paused', 3), 3);
  tally.note('local.d', job('primes', 'failed', 3, 1), 4);
  expect(Object.fromEntries(tally.chunksLeft)).toEqual({ sum: 16, primes: 0 });
  tally.note('local.a', job('sum', 'completed', 10), 5);
  tally.note('local.c', job('primes', 'running', 9), 6);
  expect(Object.fromEntries(tally.chunksLeft)).toEqual({ sum: 6, primes: 1 });
  tally.counts(103);
  expect(Object.fromEntries(tally.chunksLeft)).toEqual({ sum: 0, primes: 1 });
});

test('a view without counts leaves no chunks, not "not a number" of them', () => {
  const tally = new JobTally();
  tally.note('local.a', encode({ kind: 'sum', status: 'running' }), 1);
  expect(tally.chunksLeft.get('sum')).toBe(0);
});
