import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { bytes, ComputeRefused, csv, defineTask, items, lines, type Task } from '../task.ts';
import { checkTask, runTask, type TaskFlaw } from './index.ts';

const Pair = z.object({ a: z.int(), b: z.int().default(1) });
const product = defineTask({
  name: 'product',
  params: z.object({ plus: z.int().default(0) }),
  input: items(Pair),
  compute({ a, b }, { params }) {
    if (a === 13) throw new ComputeRefused('no thirteen');
    return { product: a * b + params.plus };
  },
});
const doubled = defineTask({ name: 'doubled', input: items(z.int(), { batch: 4 }), compute: (some) => some.map((n) => n * 2) });
const joined = defineTask({
  name: 'joined',
  input: items(z.string()),
  compute: (word) => word,
  merge: (left, right) => left + right,
  ordered: true,
  empty: { whole: '' },
  finish: (whole) => ({ whole }),
});

it('a task over items leaves a line for each, in their order, and a list of those that failed', async () => {
  const outcome = await runTask(product, {
    params: { plus: 1 },
    items: [{ a: 2, b: 3 }, { a: 13 }, { a: 4 }, { a: 'x' as never }, { a: 5 }],
    failAt: [0, 4],
  });
  expect(outcome.result).toBeUndefined();
  expect(outcome.lines).toEqual([
    { index: 0, output: { product: 7 } },
    { index: 2, output: { product: 5 } },
    { index: 4, output: { product: 6 } },
  ]);
  expect(outcome.failures).toMatchObject([
    { index: 1, error: { code: 'compute_refused', message: 'no thirteen' }, attempts: 1 },
    {
      index: 3,
      error: { code: 'compute_refused', message: expect.stringMatching(/^item 3 does not fit/) as string },
      attempts: 1,
    },
  ]);
  expectTypeOf(outcome.lines).toEqualTypeOf<{ index: number; output: { product: number } }[]>();
  expect((await runTask(product, { items: [] })).lines).toEqual([]);
});

it('lines of a batch are those of its items', async () => {
  const outcome = await runTask(doubled, { items: [1, 2, 3, 4, 5, 6], failAt: [0] });
  expect(outcome.lines.map(({ index, output }) => [index, output])).toEqual([1, 2, 3, 4, 5, 6].map((n, index) => [index, n * 2]));
  expectTypeOf(outcome.lines[0]!.output).toEqualTypeOf<number>();
});

it('an ordered task is merged in order, whatever failed on the way, and finished once; without chunks it is empty', async () => {
  const words = [...'abcdefgh'];
  for (const failAt of [[], [0], [3, 4], [0, 2, 4, 6], [7]])
    expect((await runTask(joined, { items: words, failAt })).result).toEqual({ whole: 'abcdefgh' });
  expect(await runTask(joined, { items: words, failAt: (index) => index === 2 })).toMatchObject({
    result: { whole: 'abdefgh' },
    failures: [{ index: 2, attempts: 3 }],
  });
  expect((await runTask(joined, { items: ['a'] })).result).toEqual({ whole: 'a' });
  expect((await runTask(joined, { items: [] })).result).toEqual({ whole: '' });
});

it('a task over parts gets the records of each', async () => {
  const sum = defineTask({
    name: 'sum-of-cents',
    input: csv(z.object({ cents: z.coerce.number() })),
    compute: (rows) => ({ cents: rows.reduce((total, { cents }) => total + cents, 0), parts: 1 }),
    merge: (left, right) => ({ cents: left.cents + right.cents, parts: left.parts + right.parts }),
  });
  const rows = Array.from({ length: 10 }, (_, n) => ({ cents: `${n}` }));
  expect((await runTask(sum, { items: rows })).result).toEqual({ cents: 45, parts: 4 });
  expect((await runTask(sum, { items: rows, chunks: 3 })).result).toEqual({ cents: 45, parts: 3 });
  const long = defineTask({ name: 'long', input: lines(), compute: (texts) => texts.filter((text) => text.length > 2) });
  expect((await runTask(long, { items: ['a', 'bcd', 'efg'], chunks: 1 })).lines).toEqual([{ index: 0, output: ['bcd', 'efg'] }]);
  const size = defineTask({ name: 'size', input: bytes(), compute: (some) => some.length, merge: (left, right) => left + right });
  expect((await runTask(size, { bytes: new Uint8Array(1_001) })).result).toBe(1_001);
});

it('a task over an input is not tried without one', async () => {
  await expect(runTask(product)).rejects.toThrow('task product takes an input: give some of its records as "items"');
  await expect(checkTask(doubled, { items: [] })).rejects.toThrow('give one at least');
  const size = defineTask({ name: 'size', input: bytes(), compute: (some) => some.length });
  await expect(runTask(size)).rejects.toThrow('task size takes bytes');
});

it('sound tasks of lines, of batches and in order pass', async () => {
  await checkTask(product, { items: [{ a: 1 }, { a: 2 }, { a: 3, b: 4 }] });
  await checkTask(doubled, { items: [1, 2, 3, 4, 5, 6] });
  await checkTask(joined, { items: [...'abcdefgh'] });
});

const faulty: readonly [what: string, flaw: TaskFlaw['flaw'], task: Task, given: readonly unknown[]][] = [
  [
    'an ordered merge that is not associative',
    'not associative',
    defineTask({
      name: 'nested',
      input: items(),
      compute: (one) => one,
      merge: (left, right) => [left, right],
      ordered: true,
    }) as Task,
    [1, 2, 3],
  ],
  [
    'a merge that depends on the order without being ordered',
    'not commutative',
    defineTask({
      name: 'appended',
      input: items(z.string()),
      compute: (one) => one,
      merge: (left, right) => left + right,
    }) as Task,
    ['a', 'b', 'c'],
  ],
  [
    'a line that is no JSON',
    'not JSON',
    defineTask({ name: 'dated', input: items(), compute: () => ({ at: new Date() }) }) as Task,
    [1],
  ],
  [
    'a batch that leaves fewer lines than items',
    'compute',
    defineTask({ name: 'short', input: items(undefined, { batch: 2 }), compute: (some) => some.slice(1) }) as Task,
    [1, 2, 3],
  ],
  [
    'an answer that finish spoils',
    'not JSON',
    defineTask({ name: 'spoilt', compute: () => 1, merge: (left, right) => left + right, finish: () => Number.NaN }) as Task,
    [],
  ],
];

it.each(faulty)('%s is found: %s', async (_, flaw, task, given) => {
  await expect(checkTask(task, { items: given, seed: 7 })).rejects.toMatchObject({ flaw });
});
