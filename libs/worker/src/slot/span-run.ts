/**
 * Computes a span of chunks and merges the partials on the way: the inner loop of everything.
 *
 * Always true: each chunk is computed once, or left out at the end when the run is to make room; a chunk that throws, or has used up its time, is listed and the others count; a kernel that returns no promise is
 * never awaited, and the loop itself allocates nothing, so a no-op chunk costs well under a microsecond
 * (span-run.spec.ts, "a million no-op chunks").
 */
import type { ChunkContext, Task } from '../task.ts';
import { kernelError } from './kernel-error.ts';
import type { RunAborts } from './run-aborts.ts';
import type { SlotCells } from './slot-cells.ts';
import type { ChunkFailure, KernelError } from './slot-messages.ts';

export interface Span {
  begin: number;
  end: number;
  total: number;
}

/** Failures a span may report; with more it fails as a whole, and is tried in halves. */
export const SPAN_FAILURES_MAX = 1_000;

export type SpanOutcome =
  /** `leftFrom`: the first chunk that was not computed, because the run made room for another. */
  | { is: 'computed'; partial: unknown; failed: ChunkFailure[]; leftFrom?: number }
  /** More failures than a result can list; the last of them. */
  | { is: 'overwhelmed'; error: KernelError }
  | { is: 'cancelled' };

export interface SpanOrder {
  params: unknown;
  span: Span;
  run: number;
  cells: SlotCells;
  aborts: RunAborts;
  softLimitSec: number;
}

export function runSpan(task: Task, order: SpanOrder): SpanOutcome | Promise<SpanOutcome> {
  return new SpanRun(task, order).go();
}

class SpanRun {
  readonly #task: Task;
  readonly #span: Span;
  readonly #run: number;
  readonly #cells: SlotCells;
  readonly #aborts: RunAborts;
  readonly #softLimitSec: number;
  readonly #context: { -readonly [Field in keyof ChunkContext<unknown>]: ChunkContext<unknown>[Field] };
  readonly #failed: ChunkFailure[] = [];
  readonly #startedAtMs = performance.now();
  /** Undefined until the first chunk succeeded. */
  #partial: unknown;
  #chunk: number;

  constructor(task: Task, { params, span, run, cells, aborts, softLimitSec }: SpanOrder) {
    this.#task = task;
    this.#span = span;
    this.#run = run;
    this.#cells = cells;
    this.#aborts = aborts;
    this.#softLimitSec = softLimitSec;
    this.#chunk = span.begin;
    this.#context = { signal: aborts.signal, params, chunk: span.begin, total: span.total };
  }

  /** Runs until the end, or until a kernel returns a promise; then the rest goes on asynchronously. */
  go(): SpanOutcome | Promise<SpanOutcome> {
    const { begin, end, total } = this.#span;
    const task = this.#task;
    const context = this.#context;
    const cells = this.#cells;
    while (this.#chunk < end) {
      if (cells.isCancelled(this.#run)) return { is: 'cancelled' };
      if (this.#chunk > begin && this.#makesRoom()) return { is: 'computed', partial: this.#partial, failed: this.#failed, leftFrom: this.#chunk };
      context.chunk = this.#chunk;
      try {
        const partial = task.compute(task.split(context.params, this.#chunk, total), context);
        if (isPromise(partial)) return this.#goOn(partial);
        this.#take(partial);
      } catch (thrown) {
        const failure = this.#fail(thrown);
        if (failure) return { is: 'overwhelmed', error: failure.error };
      }
      this.#chunk += 1;
      cells.done = this.#chunk - begin;
    }
    return cells.isCancelled(this.#run) ? { is: 'cancelled' } : { is: 'computed', partial: this.#partial, failed: this.#failed };
  }

  #makesRoom(): boolean {
    const afterMs = this.#cells.yieldsAfterMs(this.#run);
    return afterMs !== undefined && performance.now() - this.#startedAtMs >= afterMs;
  }

  async #goOn(promised: Promise<unknown>): Promise<SpanOutcome> {
    try {
      this.#take(await promised);
    } catch (thrown) {
      const failure = this.#fail(thrown);
      if (failure) return { is: 'overwhelmed', error: failure.error };
    }
    this.#chunk += 1;
    this.#cells.done = this.#chunk - this.#span.begin;
    return this.go();
  }

  #take(partial: unknown): void {
    // Whatever it gave, it stopped half way or took too long.
    if (this.#cells.isOverdue(this.#run)) throw new Error('out of time');
    if (partial === undefined) throw new Error('the kernel returned nothing; a partial must be a JSON value');
    this.#partial = this.#partial === undefined ? partial : this.#task.merge(this.#partial, partial);
  }

  /** Lists the failure; returns it when it is one too many. */
  #fail(thrown: unknown): ChunkFailure | undefined {
    const failure = { chunk: this.#chunk, error: this.#cells.isOverdue(this.#run) ? this.#outOfTime() : kernelError(thrown) };
    this.#failed.push(failure);
    return this.#failed.length > SPAN_FAILURES_MAX ? failure : undefined;
  }

  /** The next chunk begins with a signal of its own. */
  #outOfTime(): KernelError {
    this.#aborts.renew();
    this.#context.signal = this.#aborts.signal;
    return { code: 'time_limit', message: `the chunk ran longer than its soft limit of ${this.#softLimitSec} s`, retryable: true };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
