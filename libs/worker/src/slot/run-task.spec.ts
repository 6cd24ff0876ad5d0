import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineTask, items, type Task } from '../task.ts';
import { aKernelTools } from './kernel-tools.fixture.ts';
import { RunAborts } from './run-aborts.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';
import { runTask } from './run-task.ts';
import { SlotCells } from './slot-cells.ts';
import type { RunOutcome, SlotTask } from './slot-messages.ts';

function run(
  task: SlotTask,
  compute: () => unknown = () => 'ab',
  merge: (left: unknown, right: unknown) => unknown = (left, right) => `${left}${right}`,
) {
  const kind = defineTask<unknown, number, unknown>({
    name: 'demo',
    title: '',
    description: '',
    params: {},
    example: {},
    chunks: 1,
    split: () => 0,
    compute,
    merge,
  });
  const cells = new SlotCells();
  return runTask(kind as Task, {
    run: 1,
    params: {},
    task,
    cells,
    aborts: new RunAborts(cells),
    softLimitSec: 1,
    bounds: { ...aSlotBounds(10, 3), inlinePartialBytesMax: 10 },
    tools: aKernelTools(),
  });
}

const two: SlotTask & { op: 'compute' } = { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 2, total: 2 };

it('a partial leaves as JSON text, with the time it took', () => {
  expect(run(two)).toEqual({ is: 'computed', partial: '"abab"', failed: [], computeMs: expect.any(Number) as number });
});

it('a span whose chunks all fail has no partial', () => {
  expect(
    run(two, () => {
      throw new Error('no');
    }),
  ).toEqual({ is: 'computed', failed: [expect.anything(), expect.anything()], computeMs: expect.any(Number) as number });
});

it('a promised partial leaves the same way', async () => {
  expect(await run(two, async () => 'ab')).toMatchObject({ is: 'computed', partial: '"abab"' });
});

it('partials are merged in order', () => {
  expect(run({ op: 'merge', partials: ['a', 'b', 'c'] })).toMatchObject({ partial: '"abc"' });
});

it('a merge that throws fails as a whole', () => {
  expect(
    run({ op: 'merge', partials: [1, 2] }, undefined, () => {
      throw new Error('clash');
    }),
  ).toEqual({ is: 'failed', error: { code: 'compute_failed', message: 'clash', retryable: true } });
});

it('a partial over the limit is counted in bytes, not letters, and refused', () => {
  expect(run(two, () => 'ää')).toEqual({
    is: 'computed',
    partial: '"ääää"',
    failed: [],
    computeMs: expect.any(Number) as number,
  });
  expect(run({ ...two, end: 1 }, () => 'ääääää')).toMatchObject({
    is: 'failed',
    error: { code: 'too_large', message: expect.stringContaining('14 bytes') as string, retryable: false },
  });
  expect(run({ ...two, end: 1 }, () => 'a'.repeat(9))).toMatchObject({
    failed: [
      {
        chunk: 0,
        error: {
          code: 'too_large',
          message: expect.stringContaining('what compute returned is too large') as string,
          retryable: false,
        },
      },
    ],
  });
});

it.each([
  ['a BigInt', 1n, 'partial is a BigInt'],
  ['a function', () => 1, 'partial is a function'],
  ['what is nested too deep', [[[[1]]]], 'partial[0][0][0] is nested deeper than 3'],
])('a chunk that returns %s is listed with the path, alone or beside others', (_, value, sentence) => {
  const failed = [
    {
      chunk: 0,
      error: {
        code: 'compute_refused',
        message: expect.stringContaining(`what compute returned is not a JSON value: ${sentence}`) as string,
        retryable: false,
      },
    },
  ];
  expect(run({ ...two, end: 1 }, () => value)).toEqual({ is: 'computed', failed, computeMs: expect.any(Number) as number });
  let chunk = 0;
  expect(run(two, () => ((chunk += 1) === 1 ? value : 'b'))).toMatchObject({ is: 'computed', partial: '"b"', failed });
});

it.each<[string, SlotTask, boolean]>([
  ['a span is tried in halves', two, true],
  ['a lease of its own fails for good', { op: 'merge', partials: ['a', 'b'] }, false],
])('a merge in %s when it returns nothing, or what is not JSON', (_, task, retryable) => {
  for (const [value, sentence] of [
    [undefined, 'merge returned nothing'],
    [{ when: new Date() }, 'partial.when is a Date'],
    [Promise.resolve('ab'), 'partial is a Promise; await it in compute'],
    [NaN, 'partial is NaN'],
  ] as const) {
    expect(run(task, undefined, () => value)).toMatchObject({
      is: 'failed',
      error: { code: 'compute_refused', message: expect.stringContaining(sentence) as string, retryable },
    });
  }
});

it('a merge of partials that are not all there fails', () => {
  expect(run({ op: 'merge', partials: ['a', undefined] })).toMatchObject({
    is: 'failed',
    error: { message: 'an input of this merge has no partial' },
  });
});

it('a value that is JSON only as long as nobody looks twice is refused', () => {
  let looks = 0;
  const moody = {
    get a() {
      looks += 1;
      return looks > 1 ? 1n : 1;
    },
  };
  expect(run({ ...two, end: 1 }, () => moody)).toMatchObject({
    is: 'failed',
    error: { code: 'compute_refused', message: expect.stringContaining('BigInt') as string },
  });
});

it('a span of several chunks that fails as a whole may be tried again in halves, a single chunk or a merge not', () => {
  expect(run(two, () => 'long')).toMatchObject({ is: 'computed' });
  expect(run(two, () => 'longer')).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: true } });
  expect(run({ ...two, end: 1 }, () => 'äääää')).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: false } });
  expect(run({ op: 'merge', partials: ['too', ' long', ' long'] })).toMatchObject({
    is: 'failed',
    error: { code: 'too_large', retryable: false },
  });
});

const widening = defineTask({
  name: 'widened',
  params: z.object({ n: z.int().max(9).default(3) }),
  compute: (index, { params, attempt, jobId, total, log, progress, secret }) => {
    log(`${index} of ${total}, run ${attempt} of ${jobId}`, { key: secret('KEY') });
    progress(0.5);
    return params.n;
  },
  merge: (left, right, params) => left + right + params.n,
});
const widened = widening as Task;

function runWidened(params: unknown, task: SlotTask) {
  const cells = new SlotCells();
  const tools = aKernelTools({ KEY: 'hush' });
  const order = {
    run: 1,
    params,
    task,
    cells,
    aborts: new RunAborts(cells),
    softLimitSec: 1,
    bounds: { ...aSlotBounds(10, 3), inlinePartialBytesMax: 10 },
  };
  return { cells, tools, outcome: runTask(widened, { ...order, tools }) };
}

it('kernels get the parameters as the schema made them, which run it is, and what they may do', () => {
  const { outcome, tools, cells } = runWidened({}, { ...two, attempt: 2, jobId: 'j-1' });
  expect(outcome).toMatchObject({ is: 'computed', partial: '9', failed: [] });
  expect(tools.logged).toEqual(['0 of 2, run 2 of j-1 {"key":"***"}', '1 of 2, run 2 of j-1 {"key":"***"}']);
  expect(cells.share, 'of a chunk that is over').toBe(0);
  expect(runWidened({ n: 1 }, { op: 'merge', partials: [1, 1, 1] }).outcome).toMatchObject({ partial: '5' });
});

it.each<SlotTask>([two, { op: 'merge', partials: [1, 1] }])(
  'parameters that the schema refuses fail %j for good, before anything runs',
  (task) => {
    const { outcome, tools } = runWidened({ n: 10 }, task);
    expect(outcome).toEqual({
      is: 'failed',
      error: {
        code: 'params_refused',
        message: expect.stringMatching(/^The kind widened refuses the parameters: n: /) as string,
        retryable: false,
      },
    });
    expect(tools.logged).toEqual([]);
  },
);

const joined = defineTask({
  name: 'joined',
  compute: (index) => `${index}`.repeat(3),
  merge: (left, right) => left + right,
  finish(merged, params) {
    if (merged === 'bad') throw new TypeError('no answer in it');
    return merged === '' ? undefined : { merged, params };
  },
}) as Task;
const listed = defineTask({ name: 'listed', input: items(z.int()), compute: (n) => n * 2 }) as Task;

function runKind(kind: Task, task: SlotTask) {
  const cells = new SlotCells();
  const order = { run: 1, params: {}, task, cells, aborts: new RunAborts(cells), softLimitSec: 1, tools: aKernelTools() };
  return runTask(kind, { ...order, bounds: aSlotBounds(100) });
}

const textOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

it('a partial that is too large for a message leaves as bytes of its own, and one of bytes is read', () => {
  const whole = { ...two, end: 20, total: 20 };
  const outcome = runKind(joined, whole) as Extract<RunOutcome, { is: 'computed' }>;
  expect(outcome.partial).toBeUndefined();
  expect(textOf(outcome.bytes)).toBe(JSON.stringify(Array.from({ length: 20 }, (_, index) => `${index}`.repeat(3)).join('')));
  expect(outcome.bytes!.buffer.byteLength).toBe(outcome.bytes!.length);
  const merged = runKind(joined, { op: 'merge', partials: ['a', new TextEncoder().encode('"ä"'), 'c'] });
  expect(merged).toMatchObject({ partial: '"aäc"' });
  expect(runKind(joined, { op: 'merge', partials: ['a', new TextEncoder().encode('"b')] })).toMatchObject({ is: 'failed' });
});

it('finish is run on the last merge alone, also of one partial, and must return JSON', () => {
  expect(runKind(joined, { op: 'merge', partials: ['a', 'b'] })).toMatchObject({ partial: '"ab"' });
  expect(runKind(joined, { op: 'merge', partials: ['a', 'b'], last: true })).toMatchObject({
    partial: '{"merged":"ab","params":{}}',
  });
  expect(runKind(joined, { op: 'merge', partials: ['a'], last: true })).toMatchObject({ partial: '{"merged":"a","params":{}}' });
  expect(runKind(joined, { op: 'merge', partials: [''], last: true })).toMatchObject({
    is: 'failed',
    error: { code: 'compute_refused', message: expect.stringContaining('finish returned nothing') as string },
  });
  expect(runKind(joined, { op: 'merge', partials: ['bad'], last: true })).toMatchObject({
    is: 'failed',
    error: { code: 'compute_failed', message: 'finish threw: no answer in it' },
  });
  expect(runKind(listed, { op: 'merge', partials: ['a', 'b'] })).toMatchObject({
    is: 'failed',
    error: { message: expect.stringContaining('has no merge') as string },
  });
});

it('lines leave as text, or as bytes when they are many; where all fail there are none', () => {
  const pieces = [new TextEncoder().encode(Array.from({ length: 30 }, (_, n) => `${n === 4 ? '"x"' : n}\n`).join(''))];
  const span = { ...two, total: 30, output: 'lines', input: { by: 'record', pieces } } as const;
  const few = runKind(listed, { ...span, end: 6 });
  expect(few).toMatchObject({
    text: '0\n2\n4\n6\n10\n',
    failed: [{ chunk: 4, error: { code: 'compute_refused', retryable: false } }],
  });
  expect(few).toMatchObject({
    segments: [
      [0, 4, 8],
      [5, 6, 3],
    ],
  });
  const many = runKind(listed, { ...span, end: 30 }) as Extract<RunOutcome, { is: 'computed' }>;
  expect(many.text).toBeUndefined();
  expect(textOf(many.bytes)).toBe(Array.from({ length: 30 }, (_, n) => (n === 4 ? '' : `${n * 2}\n`)).join(''));
  const none = runKind(listed, { ...span, end: 1, input: { by: 'record', pieces: [new TextEncoder().encode('"x"')] } });
  expect(none).toEqual({ is: 'computed', failed: [expect.anything()], computeMs: expect.any(Number) as number });
});

it('a job without the input that its kind takes fails at once', () => {
  expect(runKind(listed, two)).toMatchObject({ is: 'failed', error: { code: 'params_refused', retryable: false } });
});
