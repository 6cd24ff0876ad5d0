import { JOB_STATUSES } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { failureOf, taskState } from './task-state.ts';

test.each([
  ['pending', 0, 'PENDING'],
  ['running', 0, 'STARTED'],
  ['running', 1, 'PROGRESS'],
  ['paused', 0, 'STARTED'],
  ['paused', 3, 'PROGRESS'],
  ['completed', 4, 'SUCCESS'],
  ['failed', 2, 'FAILURE'],
  ['cancelled', 2, 'FAILURE'],
] as const)('a job that is %s with %i chunks done is called %s', (status, completed_chunks, state) => {
  expect(taskState({ status, completed_chunks })).toBe(state);
});

test('a job that ended without a result states why, any other states nothing', () => {
  const error = { code: 'compute_failed', message: 'chunk 3 threw', retryable: false };
  for (const status of JOB_STATUSES) {
    const hasFailed = status === 'failed' || status === 'cancelled';
    expect(failureOf({ status, error, detail: 'd' })).toBe(hasFailed ? 'chunk 3 threw' : null);
    expect(failureOf({ status, error: null, detail: 'Cancelled on request.' })).toBe(hasFailed ? 'Cancelled on request.' : null);
    expect(failureOf({ status, error: null, detail: null })).toBe(hasFailed ? 'It ended without a result.' : null);
  }
});
