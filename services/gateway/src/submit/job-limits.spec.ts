import { limits } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { limitsOf } from './job-limits.ts';

const pair = (soft_limit_sec: number, hard_limit_sec: number) => ({ soft_limit_sec, hard_limit_sec });

it.each([
  [{}, undefined, {}],
  [{}, { max_attempts: 7 }, { max_attempts: 7 }],
  [{ max_attempts: 2 }, { max_attempts: 7 }, { max_attempts: 2 }],
  [{}, { soft_limit_sec: 30 }, pair(30, limits.hardLimitSec)],
  [{}, { soft_limit_sec: 1_000 }, pair(1_000, 1_000)],
  [{}, { hard_limit_sec: 3_600 }, pair(limits.softLimitSec, 3_600)],
  [{ soft_limit_sec: 900 }, { hard_limit_sec: 3_600 }, pair(900, 3_600)],
  [{ soft_limit_sec: 5_000 }, { hard_limit_sec: 3_600 }, pair(5_000, 5_000)],
  [{ hard_limit_sec: 10 }, pair(30, 60), pair(10, 10)],
  [{ soft_limit_sec: 1, hard_limit_sec: 2 }, pair(30, 60), pair(1, 2)],
])('of %j over the defaults %j come %j', (asked, defaults, limitsToUse) => {
  expect(limitsOf(asked, defaults)).toEqual(limitsToUse);
});

it('two that do not fit are refused', () => {
  expect(() => limitsOf(pair(20, 10))).toThrow(
    expect.objectContaining({
      response: expect.objectContaining({ detail: 'soft_limit_sec (20) must not be more than hard_limit_sec (10).' }) as object,
    }) as Error,
  );
});
