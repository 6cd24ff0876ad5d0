import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { limits } from '@manyhands/proto';
import { ATTEMPTS_MAX, LIMIT_SEC_MAX, ComputeRefused, defineTask, isTask, RetryLater, type Context, type Task } from './task.ts';

const definition = {
  name: 'demo',
  title: 'Demo',
  description: '',
  params: {},
  example: {},
  chunks: 1,
  split: () => 0,
  compute: () => 0,
  merge: () => 0,
};

describe('defineTask', () => {
  it('marks a definition as a task that cannot be changed', () => {
    const task = defineTask(definition);
    expect(isTask(task)).toBe(true);
    expect(Object.isFrozen(task)).toBe(true);
    expect([definition, null, 3, undefined].some(isTask)).toBe(false);
  });

  it.each([
    [{ name: 'Big' }, /name "Big" must be/],
    [{ name: '' }, /must be 1 to 27/],
    [{ name: 'a'.repeat(28) }, /must be 1 to 27/],
    [{ name: 'demo-v2' }, /must not end in -v and a number/],
    [{ version: 0 }, /version must be a whole number from 1 to 999/],
    [{ version: 1_000 }, /version must be a whole number from 1 to 999/],
    [{ attempts: 1.5 }, /attempts must be a whole number from 1 to 10/],
    [{ attempts: 11 }, /attempts must be a whole number from 1 to 10/],
    [{ hardLimitSec: 86_401 }, /hardLimitSec must be a number above 0, and at most 86400/],
    [{ memoryMb: 0 }, /memoryMb must be a whole number from 1/],
    [{ softLimitSec: 0 }, /softLimitSec must be a number above 0/],
    [{ hardLimitSec: -1 }, /hardLimitSec must be a number above 0/],
    [{ softLimitSec: 3, hardLimitSec: 2 }, /softLimitSec must not be more than hardLimitSec/],
    [{ split: 1 as never }, /split must be a function/],
    [{ compute: 1 as never }, /compute must be a function/],
    [{ chunks: 0 }, /chunks must be a whole number from 1/],
    [{ merge: undefined as never }, /merge must be a function/],
  ])('refuses %o, saying what to change', (wrong, sentence) => {
    expect(() => defineTask({ ...definition, ...wrong })).toThrow(sentence);
  });

  it('knows the limits that jobs have, though it imports nothing', () => {
    expect([ATTEMPTS_MAX, LIMIT_SEC_MAX]).toEqual([limits.attemptsMaxMax, limits.timeLimitSecMax]);
  });

  it('fills in what was left out', () => {
    const small = defineTask({ name: 'word-count', compute: (index) => index, merge: (left, right) => left + right });
    expect(small).toMatchObject({
      version: 1,
      title: 'Word count',
      description: '',
      params: { type: 'object' },
      chunks: 16,
      example: {},
    });
    expect(small.split({}, 7, 9)).toBe(7);
  });

  it('has a refusal that keeps its name across modules', () => {
    expect(new ComputeRefused('no')).toMatchObject({ name: 'ComputeRefused', message: 'no' });
    expect(new RetryLater('busy', 7)).toMatchObject({ name: 'RetryLater', message: 'busy', afterMs: 7 });
  });
});

describe('types', () => {
  it('follow from the schema, the split and what compute returns', () => {
    const thumbnails = defineTask({
      name: 'thumbnails',
      params: z.object({ width: z.int().default(320), from: z.string().transform(Number) }),
      example: { from: '3' },
      split(params, index) {
        expectTypeOf(params).toEqualTypeOf<{ width: number; from: number }>();
        return { page: index };
      },
      async compute(input, context) {
        expectTypeOf(input).toEqualTypeOf<{ page: number }>();
        expectTypeOf(context).toEqualTypeOf<Context<{ width: number; from: number }>>();
        return [input.page];
      },
      merge(left, right, params) {
        expectTypeOf(left).toEqualTypeOf<number[]>();
        expectTypeOf(params.from).toEqualTypeOf<number>();
        return [...left, ...right];
      },
    });
    expectTypeOf(thumbnails).toEqualTypeOf<
      Task<{ width: number; from: number }, { page: number }, number[], { width?: number | undefined; from: string }>
    >();
    expectTypeOf(thumbnails).toExtend<Task>();
  });

  it('without a schema are any object, and without a split the index', () => {
    const small = defineTask({ name: 'small', compute: (index, { params }) => [index, params], merge: (left) => left });
    expectTypeOf(small.compute).parameter(0).toEqualTypeOf<number>();
    expectTypeOf(small.compute).parameter(1).toEqualTypeOf<Context<Record<string, unknown>>>();
  });

  it('may be said instead', () => {
    const said = defineTask<{ n: number }, bigint, string>({
      name: 'said',
      params: { type: 'object' },
      split: ({ n }) => BigInt(n),
      compute: (input) => `${input}`,
      merge: (left, right) => left + right,
    });
    expectTypeOf(said).toEqualTypeOf<Task<{ n: number }, bigint, string>>();
  });

  it('find what does not fit', () => {
    defineTask({
      name: 'wrong',
      params: z.object({ n: z.int() }),
      // @ts-expect-error an example that its schema does not take
      example: { n: 'three' },
      compute: (index) => index,
      merge: (left) => left,
    });
    defineTask({
      name: 'wrong',
      // @ts-expect-error a compute that does not return what is merged
      compute: (index) => index,
      merge: (left: string, right: string) => left + right,
    });
  });
});
