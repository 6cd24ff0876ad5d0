import { setTimeout as later } from 'node:timers/promises';
import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { ComputeRefused, defineTask, RetryLater, type Task, type TaskDefinition } from '../task.ts';
import { checkTask, runTask, TaskFlaw } from './index.ts';

const counting = defineTask({
  name: 'counting',
  params: z.object({ n: z.int().default(10) }),
  split: ({ n }, index, total) => ({ from: Math.floor((index * n) / total), to: Math.floor(((index + 1) * n) / total) }),
  compute: ({ from, to }, { log, index }) => {
    if (index === 3) log('at three');
    return { count: to - from };
  },
  merge: (left, right) => ({ count: left.count + right.count }),
});

it('a task runs from its parameters to its answer', async () => {
  const outcome = await runTask(counting, { params: { n: 1_000 }, chunks: 7 });
  expect(outcome).toEqual({ result: { count: 1_000 }, lines: [], failures: [], log: ['at three'], files: new Map() });
  expectTypeOf(outcome.result).toEqualTypeOf<{ count: number } | undefined>();
  expect(await runTask(counting, { chunks: 4 })).toMatchObject({ result: { count: 10 } });
});

it('chunks that are made to fail once count in the end', async () => {
  expect(await runTask(counting, { params: { n: 50 }, chunks: 5, failAt: [0, 3] })).toMatchObject({
    result: { count: 50 },
    failures: [],
  });
});

it('chunks that go on failing are given up as in a job, and the others count', async () => {
  const moody = defineTask({
    name: 'moody',
    attempts: 2,
    compute(index, { secret }) {
      if (index === 1) throw new ComputeRefused('never');
      if (index === 2) throw new RetryLater(`no luck with ${secret('KEY')}`, 5_000);
      return [index];
    },
    merge: (left, right) => [...left, ...right],
  });
  expect(await runTask(moody, { chunks: 4, secrets: { KEY: 'hush' } })).toEqual({
    result: [0, 3],
    lines: [],
    failures: [
      { index: 1, error: { code: 'compute_refused', message: 'never' }, attempts: 1 },
      { index: 2, error: { code: 'compute_failed', message: 'no luck with ***' }, attempts: 2 },
    ],
    log: [],
    files: new Map(),
  });
});

it('what fails a job is thrown', async () => {
  await expect(runTask(counting, { params: { n: 1.5 } })).rejects.toThrow('The kind counting refuses the parameters: n: ');
  const unmergeable = defineTask({
    name: 'unmergeable',
    compute: () => 1,
    merge: () => {
      throw new Error('clash');
    },
  });
  await expect(runTask(unmergeable, { chunks: 2 })).rejects.toThrow('The partial results could not be merged: clash');
});

it('nothing is found in a task that is right, synchronous or not', async () => {
  await checkTask(counting, { seed: 1 });
  await checkTask(
    defineTask({
      name: 'patient',
      async compute(index, { signal }) {
        await later(index === 0 ? 1 : 0, undefined, { signal });
        return { [`k${index % 3}`]: 1 };
      },
      merge: (left: Record<string, number>, right: Record<string, number>) => {
        for (const [key, count] of Object.entries(right)) left[key] = (left[key] ?? 0) + count;
        return left;
      },
    }),
    { seed: 2, chunks: 6 },
  );
});

it('chance in a kernel is no flaw', async () => {
  await checkTask(
    defineTask({
      name: 'darts',
      compute: () => ({ inside: Math.round(Math.random() * 9) }),
      merge: (a, b) => ({ inside: a.inside + b.inside }),
    }),
  );
});

type Part = TaskDefinition<Record<string, unknown>, unknown, unknown>;
const bad = (part: Partial<Part>): Task =>
  defineTask<Record<string, unknown>, unknown, unknown>({
    name: 'bad',
    compute: () => 1,
    merge: (left, right) => (left as number) + (right as number),
    ...part,
  } as Part) as Task;
let asked = 0;
const shared = { count: 1 };
/** On a core, however busy the machine is. */
const computeFor = (ms: number) => {
  const { user } = process.threadCpuUsage();
  while (process.threadCpuUsage().user - user < ms * 1_000);
  return 1;
};

it.each<[string, string, Task, RegExp]>([
  [
    'an average that is no partial',
    'not associative',
    bad({ compute: (index) => index, merge: (left, right) => ((left as number) + (right as number)) / 2 }),
    /merge\(merge\(a, b\), c\): 1\.25\n {2}merge\(a, merge\(b, c\)\): 0\.75\n {2}a: 0\n {2}b: 1\n {2}c: 2/,
  ],
  [
    'a sum of fractions',
    'not associative',
    bad({ compute: (index) => [0.1, 0.2, 0.3][(index as number) % 3] }),
    /0\.6000000000000001\n.*0\.6\n[^]*|cents, not euros/,
  ],
  [
    'a list in the order it comes',
    'not commutative',
    bad({ compute: (index) => [index], merge: (left, right) => [...(left as number[]), ...(right as number[])] }),
    /merge\(a, b\): \[0,1\]\n {2}merge\(b, a\): \[1,0\]/,
  ],
  [
    'the first one wins',
    'not commutative',
    bad({ compute: (index) => ({ first: index }), merge: (left) => left }),
    /merge\(a, b\): \{"first":0\}/,
  ],
  [
    'a split that counts how often it is asked',
    'split',
    bad({ split: () => (asked += 1) }),
    /split gives chunk 15 another input when it is asked again\b[^]*once: 16\n {2}again: 17/,
  ],
  [
    'a split that changes the parameters',
    'split',
    bad({ example: { left: 9 }, split: (params) => ((params['left'] as number) -= 1) }),
    /split changes the parameters[^]*before: \{"left":9\}\n {2}after: \{"left":-7\}/,
  ],
  [
    'a date in a partial',
    'not JSON',
    bad({ compute: () => ({ at: new Date(0) }) }),
    /chunk 0 of 16 failed: what compute returned is not a JSON value: partial\.at is a Date/,
  ],
  [
    'a map out of a merge',
    'not JSON',
    bad({ merge: () => new Map() }),
    /two partials could not be merged: .*Map[^]*partials: 1 and 1/,
  ],
  [
    'a kernel that never looks at its signal',
    'deaf to abort',
    bad({ compute: (_, { total }) => (total === 1 ? computeFor(300) : 1) }),
    /went on for 250 ms or more/,
  ],
  [
    'a kernel that waits without its signal',
    'deaf to abort',
    bad({ compute: (_, { total }) => (total === 1 ? new Promise<number>(() => {}) : 1) }),
    /went on for 250 ms/,
  ],
  [
    'an example of another type',
    'example',
    bad({ params: z.object({ n: z.int() }) as never, example: { n: 'three' } }),
    /do not fit their schema: n: [^]*params: \{"n":"three"\}/,
  ],
  [
    'an example that lacks a field of a plain schema',
    'example',
    bad({ params: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } }),
    /do not fit their schema: [^]*n/,
  ],
  [
    'an example with a field too many',
    'example',
    bad({ params: z.object({ n: z.int() }) as never, example: { n: 3, m: 4 } }),
    /do not fit their schema: [^]*m/,
  ],
  [
    'a default that is another one each time',
    'params',
    bad({ params: z.object({ id: z.string().default(() => `${(asked += 1)}`) }) as never }),
    /makes something else of the same parameters each time/,
  ],
  [
    'a partial that is used again',
    'shared partial',
    bad({
      compute: () => shared,
      merge: (left, right) => (((left as typeof shared).count += (right as typeof shared).count), left),
    }),
    /chunks of one lease give another answer than chunks apart/,
  ],
  [
    'a kernel that throws',
    'compute',
    bad({
      compute: (index) => {
        if (index === 2) throw new Error('no');
        return 1;
      },
    }),
    /chunk 2 of 16 failed: no/,
  ],
])('%s is found: %s', async (_, flaw, task, evidence) => {
  const found = await checkTask(task, { seed: 11 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(found).toBeInstanceOf(TaskFlaw);
  expect(found).toMatchObject({ flaw, seed: 11, message: expect.stringMatching(evidence) as string });
  expect((found as Error).message).toContain('(seed 11)');
});

it('files are kept by the name that task code got, each as its newest run left it', async () => {
  const filing = defineTask({
    name: 'filing',
    example: {},
    chunks: 2,
    split: (_, index) => index,
    async compute(chunk, { file, attempt }) {
      return [await file('small.txt', `chunk ${chunk} run ${attempt}`, 'text/plain')];
    },
    merge: (left: object[], right: object[]) => [...left, ...right],
  });
  const { result, files } = await runTask(filing, { failAt: [1] });
  expect(result).toEqual([
    { file: '0-small.txt', bytes: 13, type: 'text/plain' },
    { file: '1-small.txt', bytes: 13, type: 'text/plain' },
  ]);
  expect([...files].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString()])).toEqual([
    ['0-small.txt', 'chunk 0 run 1'],
    ['1-small.txt', 'chunk 1 run 2'],
  ]);
});
