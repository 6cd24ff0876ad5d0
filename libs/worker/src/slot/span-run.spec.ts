import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ComputeRefused, defineTask, type Task } from '../task.ts';
import { aKernelTools } from './kernel-tools.fixture.ts';
import { RunAborts } from './run-aborts.ts';
import { SlotCells } from './slot-cells.ts';
import { runSpan, SPAN_FAILURE_BYTES_MAX, SPAN_FAILURES_MAX, type SpanOutcome } from './span-run.ts';

type Output = 'ordered' | 'lines';
type Compute = (chunk: number, cells: SlotCells, signal: AbortSignal) => unknown;

const add = (left: unknown, right: unknown): unknown => (left as number) + (right as number);

function run(
  compute: Compute,
  begin: number,
  end: number,
  cells = new SlotCells(),
  merge = add,
  output?: Output,
): SpanOutcome | Promise<SpanOutcome> {
  const task = defineTask<unknown, number, unknown>({
    name: 'demo',
    title: '',
    description: '',
    params: {},
    example: {},
    chunks: 1,
    split: (_, index) => index,
    compute: (chunk, { signal }) => compute(chunk, cells, signal),
    merge,
  });
  const aborts = new RunAborts(cells);
  aborts.begin(7);
  return runSpan(task as Task, {
    params: {},
    span: { begin, end, total: end },
    attempt: 1,
    jobId: 'job',
    tools: aKernelTools(),
    run: 7,
    cells,
    aborts,
    output,
    softLimitSec: 2,
    bounds: { bytesMax: 1_000_000, depthMax: 500 },
    lineBounds: { bytesMax: 1_000, depthMax: 500, spanBytesMax: 10_000 },
  });
}

describe('runSpan', () => {
  it('computes each chunk of the span once and merges them', () => {
    const seen: number[] = [];
    const outcome = run((chunk) => (seen.push(chunk), chunk), 3, 8);
    expect(seen).toEqual([3, 4, 5, 6, 7]);
    expect(outcome).toEqual({ is: 'computed', partial: 25, failed: [] });
  });

  it('lists exactly the chunks that fail and merges exactly the others, with kernels that return values, promises, or a mix', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fails: fc.boolean(), later: fc.boolean() }), { minLength: 1, maxLength: 40 }),
        async (chunks) => {
          const cells = new SlotCells();
          const outcome = await run(
            (chunk) => {
              const { fails, later } = chunks[chunk]!;
              if (later) return fails ? Promise.reject(new Error('no')) : Promise.resolve(2 ** (chunk % 20));
              if (fails) throw new Error('no');
              return 2 ** (chunk % 20);
            },
            0,
            chunks.length,
            cells,
          );
          const good = chunks.flatMap(({ fails }, chunk) => (fails ? [] : [2 ** (chunk % 20)]));
          expect(outcome).toMatchObject({
            is: 'computed',
            partial: good.length ? good.reduce((sum, value) => sum + value) : undefined,
          });
          expect((outcome as { failed: { chunk: number }[] }).failed.map(({ chunk }) => chunk)).toEqual(
            chunks.flatMap(({ fails }, chunk) => (fails ? [chunk] : [])),
          );
          expect(cells.done).toBe(chunks.length);
        },
      ),
    );
  });

  it('answers without a promise when no kernel returns one', () => {
    expect(run(() => 1, 0, 3)).not.toBeInstanceOf(Promise);
    expect(run(() => Promise.resolve(1), 0, 3)).toBeInstanceOf(Promise);
  });

  it('tells which failures may be tried again', () => {
    const outcome = run(
      (chunk) => {
        throw chunk === 0 ? new ComputeRefused('never') : 'a string';
      },
      0,
      2,
    );
    expect(outcome).toMatchObject({
      failed: [
        { error: { code: 'compute_refused', message: 'never', retryable: false } },
        { error: { code: 'compute_failed', message: 'a string', retryable: true } },
      ],
    });
  });

  it('takes a kernel that returns nothing for failed', () => {
    expect(run(() => undefined, 0, 1)).toMatchObject({
      partial: undefined,
      failed: [{ error: { message: expect.stringContaining('returned nothing') as string } }],
    });
  });

  it('fails as a whole when a merge throws, because what was merged so far may be spoilt, and blames no chunk', async () => {
    const merge = (left: unknown, right: unknown): unknown => {
      (left as number[]).push((right as number[])[0]!);
      if ((right as number[])[0] === 3) throw new Error('unmergeable');
      return left;
    };
    const failed = {
      is: 'failed',
      error: {
        code: 'compute_failed',
        message: 'the partials of these chunks could not be merged: unmergeable',
        retryable: true,
      },
    };
    const seen: number[] = [];
    expect(run((chunk) => (seen.push(chunk), [chunk]), 0, 6, new SlotCells(), merge)).toEqual(failed);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(await run(async (chunk) => [chunk], 0, 6, new SlotCells(), merge)).toEqual(failed);
    expect(run((chunk) => [chunk], 0, 3, new SlotCells(), merge)).toEqual({ is: 'computed', partial: [0, 1, 2], failed: [] });
    expect(run((chunk) => [chunk], 3, 4, new SlotCells(), merge)).toEqual({ is: 'computed', partial: [3], failed: [] });
  });

  it('never drops a chunk in silence when a merge returns nothing', () => {
    expect(
      run(
        () => 1,
        0,
        3,
        new SlotCells(),
        () => undefined,
      ),
    ).toMatchObject({
      is: 'failed',
      error: { code: 'compute_refused', message: expect.stringContaining('merge returned nothing') as string },
    });
  });

  it('finds what is not JSON in a large merged partial too, at the latest at the end, without looking at all of it each time', () => {
    let looks = 0;
    const watched = (): object => Object.defineProperty({}, 'value', { enumerable: true, get: () => ((looks += 1), 1) });
    const concat = (left: unknown, right: unknown): unknown => (left as unknown[]).concat(right);
    expect(run(() => [watched()], 0, 2_000, new SlotCells(), concat)).toMatchObject({ is: 'computed' });
    expect(looks).toBeLessThan(200_000);
    const spoilt = (left: unknown, right: unknown): unknown =>
      (concat(left, right) as unknown[]).map((value, at) => (at === 1_998 ? NaN : value));
    expect(run(() => [1], 0, 2_000, new SlotCells(), spoilt)).toMatchObject({
      is: 'failed',
      error: { message: expect.stringContaining('partial[1998] is NaN') as string },
    });
  });

  it('gives the same answer for the same chunks, or refuses, wherever the borders of leases fall', { timeout: 60_000 }, () => {
    const values = fc.array(
      fc.oneof(
        fc.constantFrom<unknown>(
          NaN,
          -Infinity,
          undefined,
          1n,
          new Date(0),
          [undefined],
          { a: undefined },
          Object.create(null),
          -0,
        ),
        fc.jsonValue(),
      ),
      { minLength: 1, maxLength: 30 },
    );
    // A merge that puts down what it sees of each partial: whatever JSON changes makes it see something else.
    interface Seen {
      raw?: unknown;
      seen?: string;
    }
    const shape = (value: unknown): string =>
      Array.isArray(value)
        ? `[${value.map(shape).join()}]`
        : `${typeof value} ${Object.prototype.toString.call(value)} ${Object.keys(Object(value) as object).join()} ${value === null || typeof value !== 'object' ? String(value) : Object.getPrototypeOf(value) === null}`;
    const look = (one: Seen): Seen => (Object.hasOwn(one, 'raw') ? { seen: shape(one.raw) } : one);
    const merge = (left: unknown, right: unknown): unknown => [...(left as Seen[]), ...(right as Seen[])].map(look);
    fc.assert(
      fc.property(values, fc.array(fc.nat(30)), (all, cuts) => {
        const across = (borders: readonly number[]): unknown => {
          const edges = [...new Set([0, ...borders.filter((at) => at < all.length), all.length])].sort(
            (one, other) => one - other,
          );
          const answers = edges
            .slice(1)
            .map(
              (end, at) =>
                run((chunk) => [{ raw: all[chunk] }], edges[at]!, end, new SlotCells(), merge) as Extract<
                  SpanOutcome,
                  { is: 'computed' }
                >,
            );
          const partials = answers.flatMap(({ partial }) =>
            partial === undefined ? [] : [JSON.parse(JSON.stringify(partial)) as unknown],
          );
          return {
            merged: (partials.length ? (partials.reduce(merge) as Seen[]) : []).map(look),
            failed: answers.flatMap(({ failed }) => failed),
          };
        };
        expect(across(cuts)).toEqual(across([]));
      }),
    );
  });

  it('stops between chunks when its run is cancelled, and not when another was', () => {
    const stopAt = (run: number) => (chunk: number, cells: SlotCells) => (chunk === 5 && cells.cancel(run), 1);
    const cells = new SlotCells();
    expect(run(stopAt(7), 0, 100, cells)).toEqual({ is: 'cancelled' });
    expect(cells.done).toBe(6);
    expect(run(stopAt(6), 0, 100)).toMatchObject({ partial: 100 });
  });

  it('ends at the border of a chunk when it is to make room, after a chunk at least, and says from where on chunks are left', async () => {
    const makeRoom =
      (run: number, afterMs: number): Compute =>
      (chunk, cells) => (chunk === 5 && cells.yield(run, afterMs), 1);
    expect(run(makeRoom(7, 0), 3, 100)).toEqual({ is: 'computed', partial: 3, failed: [], leftFrom: 6 });
    expect(run(makeRoom(6, 0), 3, 100)).toMatchObject({ partial: 97 });
    expect(run(makeRoom(7, 60_000), 3, 100)).toMatchObject({ partial: 97 });
    expect(await run(async (...given) => makeRoom(7, 0)(...given), 3, 100)).toMatchObject({ partial: 3, leftFrom: 6 });
    const early = new SlotCells();
    early.yield(7, 0);
    expect(run(() => 1, 0, 100, early)).toMatchObject({ partial: 1, leftFrom: 1 });
    expect(run(() => 1, 99, 100, early)).toEqual({ is: 'computed', partial: 1, failed: [] });
  });

  it('lists a chunk that used up its time, whatever it gave, and shows the abort to no other chunk', async () => {
    const seen: boolean[] = [];
    const sync: Compute = (chunk, cells, signal) => {
      if (chunk === 2) cells.overdue(7, 2);
      seen.push(signal.aborted);
      return 1;
    };
    const lists = {
      is: 'computed',
      partial: 3,
      failed: [
        { chunk: 2, error: { code: 'time_limit', message: 'the chunk ran longer than its soft limit of 2 s', retryable: true } },
      ],
    };
    expect(run(sync, 0, 4)).toEqual(lists);
    expect(await run(async (...given) => sync(...given), 0, 4)).toEqual(lists);
    expect(seen).toEqual([false, false, true, false, false, false, true, false]);
  });

  it('ends early when as many chunks failed as a result can list, keeps what is done, and hands back the rest', async () => {
    const third = (chunk: number): number => {
      if (chunk % 3 === 0) throw new Error('no');
      return 1;
    };
    const cells = new SlotCells();
    const outcome = run(third, 0, 1_000_000, cells);
    expect(outcome).toMatchObject({
      is: 'computed',
      partial: 2 * (SPAN_FAILURES_MAX - 1),
      leftFrom: 3 * (SPAN_FAILURES_MAX - 1) + 1,
    });
    expect((outcome as { failed: unknown[] }).failed).toHaveLength(SPAN_FAILURES_MAX);
    expect(cells.done).toBe(3 * (SPAN_FAILURES_MAX - 1) + 1);
    expect(await run(async (chunk) => third(chunk), 0, 5_000)).toMatchObject({ leftFrom: 3 * (SPAN_FAILURES_MAX - 1) + 1 });
    expect(run(third, 0, 3 * SPAN_FAILURES_MAX - 2)).not.toHaveProperty('leftFrom');
  });

  it('ends early when its failures have as many bytes as a result can carry, however they are written', () => {
    for (const letter of ['x', '\u{1F600}', '\0']) {
      const { failed, leftFrom } = run(
        () => {
          throw new Error(letter.repeat(500));
        },
        0,
        2_000,
      ) as Extract<SpanOutcome, { is: 'computed' }>;
      const bytes = Buffer.byteLength(JSON.stringify(failed));
      expect(bytes).toBeGreaterThan(SPAN_FAILURE_BYTES_MAX);
      expect(bytes).toBeLessThan(SPAN_FAILURE_BYTES_MAX + 8_192);
      expect(leftFrom).toBe(failed.length);
    }
  });

  it('answers for a million chunks of a synchronous kernel without ever waiting', () => {
    expect(run(() => 1, 0, 1_000_000)).toMatchObject({ is: 'computed', partial: 1_000_000 });
  });

  it('in order ends at the first chunk that fails, so that its partial has no gap, and hands back the rest', async () => {
    const seen: number[] = [];
    const join = (left: unknown, right: unknown): unknown => `${left as string}${right as string}`;
    const fails = (at: number) => (chunk: number) => {
      seen.push(chunk);
      if (chunk === at) throw new Error('no');
      return `${chunk}`;
    };
    const ordered = (compute: Compute) => run(compute, 3, 8, new SlotCells(), join, 'ordered');
    expect(ordered(fails(5))).toMatchObject({ is: 'computed', partial: '34', failed: [{ chunk: 5 }], leftFrom: 6 });
    expect(await ordered(async (chunk) => fails(5)(chunk))).toMatchObject({ partial: '34', failed: [{ chunk: 5 }], leftFrom: 6 });
    expect(seen).toEqual([3, 4, 5, 3, 4, 5]);
    expect(ordered(fails(3))).toMatchObject({ partial: undefined, failed: [{ chunk: 3 }], leftFrom: 4 });
    expect(ordered(fails(7))).not.toHaveProperty('leftFrom');
    expect(ordered(fails(9))).toEqual({ is: 'computed', partial: '34567', failed: [] });
  });

  it('of lines goes on after failures, merges nothing, and names each stretch', async () => {
    const line = (chunk: number): unknown => {
      if (chunk % 4 === 0) throw new Error('no');
      return chunk === 5 ? undefined : { chunk };
    };
    const throws = (): unknown => {
      throw new Error('merged');
    };
    for (const outcome of [
      run(line, 3, 9, new SlotCells(), throws, 'lines'),
      await run(async (chunk) => line(chunk), 3, 9, new SlotCells(), throws, 'lines'),
    ] as Extract<SpanOutcome, { is: 'computed' }>[]) {
      expect(outcome.lines?.text).toBe('{"chunk":3}\n{"chunk":6}\n{"chunk":7}\n');
      expect(outcome.lines?.segments).toEqual([
        [3, 4, 12],
        [6, 8, 24],
      ]);
      expect(outcome.failed.map(({ chunk }) => chunk)).toEqual([4, 5, 8]);
      expect(outcome.leftFrom).toBeUndefined();
    }
  });

  it('of lines ends early with as many bytes as it may hold', () => {
    const outcome = run(() => 'x'.repeat(997), 0, 30, new SlotCells(), add, 'lines');
    expect(outcome).toMatchObject({ leftFrom: 10, lines: { bytes: 10_000 } });
  });
});
