import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { limits } from '@manyhands/proto';
import {
  ATTEMPTS_MAX,
  CONCURRENCY_MAX,
  BATCH_MAX,
  bytes,
  LIMIT_SEC_MAX,
  ComputeRefused,
  csv,
  defineTask,
  isTask,
  items,
  lines,
  ndjson,
  RetryLater,
  type Context,
  type ItemOf,
  type LineOf,
  type Task,
} from './task.ts';

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
    [{ concurrency: 0 }, /concurrency must be a whole number from 1 to 1000/],
    [{ concurrency: CONCURRENCY_MAX + 1 }, /concurrency must be a whole number from 1 to 1000/],
    [{ softLimitSec: 0 }, /softLimitSec must be a number above 0/],
    [{ hardLimitSec: -1 }, /hardLimitSec must be a number above 0/],
    [{ softLimitSec: 3, hardLimitSec: 2 }, /softLimitSec must not be more than hardLimitSec/],
    [{ split: 1 as never }, /split must be a function/],
    [{ compute: 1 as never }, /compute must be a function/],
    [{ chunks: 0 }, /chunks must be a whole number from 1/],
    [{ merge: 1 as never }, /merge must be a function/],
    [{ finish: 1 as never }, /finish must be a function/],
    [{ compute: undefined as never }, /compute must be a function/],
    [{ input: 'csv' as never }, /input must be what items\(\), ndjson\(\), csv\(\), lines\(\), table\(\) or bytes\(\) returns/],
    [{ input: items() as never }, /split and input exclude each other/],
    [{ input: items() as never, split: undefined as never }, /chunks and input exclude each other/],
    [{ merge: undefined, ordered: true as const }, /ordered needs a merge/],
    [{ merge: undefined, finish: () => 0 }, /finish needs a merge/],
    [{ merge: undefined, empty: 0 as never }, /empty needs a merge/],
  ])('refuses %o, saying what to change', (wrong, sentence) => {
    expect(() => defineTask({ ...definition, ...wrong })).toThrow(sentence);
  });

  it('knows the limits that jobs have, though it imports nothing', () => {
    expect([ATTEMPTS_MAX, LIMIT_SEC_MAX]).toEqual([limits.attemptsMaxMax, limits.timeLimitSecMax]);
    expect(CONCURRENCY_MAX).toBe(limits.concurrencyMax);
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

  it('refuses a batch of no items, and of more than a chunk may have', () => {
    expect(BATCH_MAX).toBe(limits.inputBatchMax);
    expect(items(undefined, { batch: BATCH_MAX })).toMatchObject({ form: 'items', batch: 10_000 });
    for (const batch of [0, 1.5, BATCH_MAX + 1])
      expect(() => items(undefined, { batch })).toThrow('batch must be a whole number from 1 to 10000');
  });

  it('takes chunks from an input, and lines for results, where nothing is said of split and merge', () => {
    const task = defineTask({ name: 'shout', input: lines(), compute: (texts) => texts.length });
    expect(task).toMatchObject({ input: { form: 'lines' } });
    expect(task.merge).toBeUndefined();
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

  it('follow from the input: an item, a batch of them, or the records of a part', () => {
    const Person = z.object({ name: z.string(), born: z.string().transform(Number), tall: z.boolean().default(false) });
    type Person = z.infer<typeof Person>;
    const one = defineTask({
      name: 'one',
      params: z.object({ year: z.int().default(2026) }),
      input: items(Person),
      compute(person, { params }) {
        expectTypeOf(person).toEqualTypeOf<Person>();
        return { ...person, age: params.year - person.born };
      },
    });
    expectTypeOf<ItemOf<typeof one>>().toEqualTypeOf<{ name: string; born: string; tall?: boolean | undefined }>();
    expectTypeOf<LineOf<typeof one>>().toEqualTypeOf<{ age: number; name: string; born: number; tall: boolean }>();
    const many = defineTask({
      name: 'many',
      input: items(Person, { batch: 100 }),
      async compute(people) {
        expectTypeOf(people).toEqualTypeOf<Person[]>();
        return people.map(({ name }) => name);
      },
    });
    expectTypeOf<ItemOf<typeof many>>().toEqualTypeOf<{ name: string; born: string; tall?: boolean | undefined }>();
    expect([one, many].every(isTask)).toBe(true);
    expectTypeOf<LineOf<typeof many>>().toEqualTypeOf<string>();
    defineTask({
      name: 'parts',
      input: csv(z.object({ cents: z.coerce.number() })),
      compute(rows) {
        expectTypeOf(rows).toEqualTypeOf<{ cents: number }[]>();
        return rows.length;
      },
    });
    defineTask({ name: 'plain', input: csv(), compute: (rows) => expectTypeOf(rows).toEqualTypeOf<Record<string, string>[]>() });
    defineTask({ name: 'plain', input: ndjson(), compute: (rows) => expectTypeOf(rows).toEqualTypeOf<unknown[]>() });
    defineTask({ name: 'plain', input: lines(), compute: (rows) => expectTypeOf(rows).toEqualTypeOf<string[]>() });
    defineTask({ name: 'plain', input: bytes(), compute: (some) => expectTypeOf(some).toEqualTypeOf<Uint8Array>() });
    const said = defineTask({
      name: 'said',
      input: items<{ url: string }>({ type: 'object' }),
      compute: ({ url }) => [url],
    });
    expectTypeOf<ItemOf<typeof said>>().toEqualTypeOf<{ url: string }>();
    expectTypeOf<LineOf<typeof said>>().toEqualTypeOf<string[]>();
    expectTypeOf(said).toExtend<Task>();
    expectTypeOf(defineTask({ name: 'any', input: items(), compute: (item: { url: string }) => item.url })).toExtend<Task>();
  });

  it('of the answer follow from finish, else from merge', () => {
    const average = defineTask({
      name: 'average',
      input: items(z.number()),
      compute: (value) => ({ sum: value, count: 1 }),
      merge: (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
      ordered: true,
      empty: 0,
      finish(merged) {
        expectTypeOf(merged).toEqualTypeOf<{ sum: number; count: number }>();
        return merged.sum / merged.count;
      },
    });
    expectTypeOf(average.finish!).returns.toEqualTypeOf<number>();
    expectTypeOf(average.empty).toEqualTypeOf<number | undefined>();
    defineTask({
      name: 'wrong',
      compute: (index) => [index],
      merge: (left, right) => [...left, ...right],
      // @ts-expect-error an answer of another type than the merge
      empty: 'none',
    });
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
