import { expect, test } from 'vitest';
import { tryingOf, tryingSummary, type TryingChoice } from './trying.ts';

const usual: TryingChoice = { attempts: undefined, softLimitSec: undefined, hardLimitSec: null, onDeadChunk: 'fail' };

test('what was not chosen is not sent', () => {
  expect(tryingOf(usual)).toEqual({});
  expect(tryingOf({ attempts: 1, softLimitSec: 0.5, hardLimitSec: 2, onDeadChunk: 'continue' })).toEqual({
    max_attempts: 1,
    soft_limit_sec: 0.5,
    hard_limit_sec: 2,
    on_dead_chunk: 'continue',
  });
});

test('the closed section says what is not as usual', () => {
  expect(tryingSummary(usual)).toBe('');
  expect(tryingSummary({ ...usual, attempts: 1, hardLimitSec: 2, onDeadChunk: 'continue' })).toBe(
    '1 attempt, time limits, leaves dead chunks out',
  );
  expect(tryingSummary({ ...usual, attempts: 5 })).toBe('5 attempts');
});
