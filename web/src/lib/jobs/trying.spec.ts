import { expect, test } from 'vitest';
import { usualBounds } from './bounds.ts';
import { tryingOf, tryingSummary, usualPolicyOf, type TryingChoice } from './trying.ts';

const usual: TryingChoice = {
  attempts: undefined,
  softLimitSec: undefined,
  hardLimitSec: null,
  onDeadChunk: 'fail',
  ...usualBounds,
};

test('what was not chosen is not sent', () => {
  expect(tryingOf(usual, 'fail')).toEqual({});
  expect(
    tryingOf({ ...usual, attempts: 1, softLimitSec: 0.5, hardLimitSec: 2, onDeadChunk: 'continue', atOnce: 3 }, 'fail'),
  ).toEqual({
    max_attempts: 1,
    soft_limit_sec: 0.5,
    hard_limit_sec: 2,
    on_dead_chunk: 'continue',
    at_once: 3,
  });
});

test('the closed section says what is not as usual', () => {
  expect(tryingSummary(usual, 'fail')).toBe('');
  expect(tryingSummary({ ...usual, attempts: 1, hardLimitSec: 2, onDeadChunk: 'continue' }, 'fail')).toBe(
    '1 attempt, time limits, leaves dead chunks out',
  );
  expect(tryingSummary({ ...usual, attempts: 5, tags: 'a=b' }, 'fail')).toBe('5 attempts, 1 tag');
});

test('a job of lines leaves dead chunks out, unless it is asked not to', () => {
  expect([usualPolicyOf({ output: 'lines' }), usualPolicyOf({ output: 'ordered' }), usualPolicyOf({})]).toEqual([
    'continue',
    'fail',
    'fail',
  ]);
  expect(tryingOf({ ...usual, onDeadChunk: 'continue' }, 'continue')).toEqual({});
  expect(tryingOf(usual, 'continue')).toEqual({ on_dead_chunk: 'fail' });
  expect(tryingSummary(usual, 'continue')).toBe('a dead chunk fails the job');
});
