import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ComputeRefused, defineTask, type Task } from '../task.ts';
import { RunAborts } from './run-aborts.ts';
import { SlotCells } from './slot-cells.ts';
import { runSpan, SPAN_FAILURES_MAX, type SpanOutcome } from './span-run.ts';

type Compute = (chunk: number, cells: SlotCells, signal: AbortSignal) => unknown;

function run(compute: Compute, begin: number, end: number, cells = new SlotCells()): SpanOutcome | Promise<SpanOutcome> {
  const task = defineTask<unknown, number, unknown>({
    name: 'demo', title: '', description: '', params: {}, example: {}, defaultChunks: 1,
    split: (_, index) => index,
    compute: (chunk, { signal }) => compute(chunk, cells, signal),
    merge: (left, right) => (left as number) + (right as number),
  });
  const aborts = new RunAborts(cells);
  aborts.begin(7);
  return runSpan(task as Task, { params: {}, span: { begin, end, total: end }, run: 7, cells, aborts, softLimitSec: 2 });
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
      fc.asyncProperty(fc.array(fc.record({ fails: fc.boolean(), later: fc.boolean() }), { minLength: 1, maxLength: 40 }), async (chunks) => {
        const cells = new SlotCells();
        const outcome = await run((chunk) => {
          const { fails, later } = chunks[chunk]!;
          if (later) return fails ? Promise.reject(new Error('no')) : Promise.resolve(2 ** (chunk % 20));
          if (fails) throw new Error('no');
          return 2 ** (chunk % 20);
        }, 0, chunks.length, cells);
        const good = chunks.flatMap(({ fails }, chunk) => (fails ? [] : [2 ** (chunk % 20)]));
        expect(outcome).toMatchObject({ is: 'computed', partial: good.length ? good.reduce((sum, value) => sum + value) : undefined });
        expect((outcome as { failed: { chunk: number }[] }).failed.map(({ chunk }) => chunk)).toEqual(chunks.flatMap(({ fails }, chunk) => (fails ? [chunk] : [])));
        expect(cells.done).toBe(chunks.length);
      }),
    );
  });

  it('answers without a promise when no kernel returns one', () => {
    expect(run(() => 1, 0, 3)).not.toBeInstanceOf(Promise);
    expect(run(() => Promise.resolve(1), 0, 3)).toBeInstanceOf(Promise);
  });

  it('tells which failures may be tried again', () => {
    const outcome = run((chunk) => {
      throw chunk === 0 ? new ComputeRefused('never') : 'a string';
    }, 0, 2);
    expect(outcome).toMatchObject({
      failed: [
        { error: { code: 'compute_refused', message: 'never', retryable: false } },
        { error: { code: 'compute_failed', message: 'a string', retryable: true } },
      ],
    });
  });

  it('takes a kernel that returns nothing for failed', () => {
    expect(run(() => undefined, 0, 1)).toMatchObject({ partial: undefined, failed: [{ error: { message: expect.stringContaining('returned nothing') as string } }] });
  });

  it('keeps what it has when a merge throws, and lists the chunk', () => {
    const outcome = run((chunk) => (chunk === 1 ? { toString: () => { throw new Error('unmergeable'); } } : 1), 0, 3);
    expect(outcome).toMatchObject({ partial: 2, failed: [{ chunk: 1, error: { message: 'unmergeable' } }] });
  });

  it('stops between chunks when its run is cancelled, and not when another was', () => {
    const stopAt = (run: number) => (chunk: number, cells: SlotCells) => (chunk === 5 && cells.cancel(run), 1);
    const cells = new SlotCells();
    expect(run(stopAt(7), 0, 100, cells)).toEqual({ is: 'cancelled' });
    expect(cells.done).toBe(6);
    expect(run(stopAt(6), 0, 100)).toMatchObject({ partial: 100 });
  });

  it('ends at the border of a chunk when it is to make room, after a chunk at least, and says from where on chunks are left', async () => {
    const makeRoom = (run: number, afterMs: number): Compute => (chunk, cells) => (chunk === 5 && cells.yield(run, afterMs), 1);
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
    const lists = { is: 'computed', partial: 3, failed: [{ chunk: 2, error: { code: 'time_limit', message: 'the chunk ran longer than its soft limit of 2 s', retryable: true } }] };
    expect(run(sync, 0, 4)).toEqual(lists);
    expect(await run(async (...given) => sync(...given), 0, 4)).toEqual(lists);
    expect(seen).toEqual([false, false, true, false, false, false, true, false]);
  });

  it('gives up when more chunks fail than a result can list', () => {
    const cells = new SlotCells();
    const outcome = run(() => { throw new Error('no'); }, 0, 1_000_000, cells);
    expect(outcome).toMatchObject({ is: 'overwhelmed', error: { code: 'compute_failed' } });
    expect(cells.done).toBe(SPAN_FAILURES_MAX);
  });

  it('answers for a million chunks of a synchronous kernel without ever waiting', () => {
    expect(run(() => 1, 0, 1_000_000)).toMatchObject({ is: 'computed', partial: 1_000_000 });
  });
});
