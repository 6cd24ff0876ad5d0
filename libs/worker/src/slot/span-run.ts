/**
 * Computes a span of chunks and merges the partials on the way, or gathers the lines: the inner loop of everything.
 *
 * Invariant: each chunk is computed once, or left out at the end when the run ends early; a chunk that throws, has used up its time, or returns
 * what is not JSON is listed and the others count; task code that returns no promise is never awaited, and the loop itself allocates nothing, so a
 * no-op chunk costs well under a microsecond (span-run.spec.ts, "a million no-op chunks").
 *
 * A span whose partial must be in order ends at the first chunk that fails, so that its partial has no gap; what comes after goes back. One of lines goes on,
 * and names the stretches between the failures.
 *
 * A merge that fails fails the span, whichever chunk it was at: which of the two partials caused it is not known, and what was merged so far may
 * have been changed half way. The span is then tried in halves; chunks alone are not merged here, so in the end a merge of their own states what is wrong.
 */
import type { Task } from '../task.ts';
import { ChunkInputs } from './chunk-inputs.ts';
import type { JsonBounds } from './json-value.ts';
import { KernelContext, type KernelTools } from './kernel-context.ts';
import { kernelError } from './kernel-error.ts';
import { Merging, weightOf } from './merging.ts';
import type { RunAborts } from './run-aborts.ts';
import type { SlotCells } from './slot-cells.ts';
import type { ChunkFailure, KernelError, SlotInput, SlotOutput } from './slot-messages.ts';
import { type LineBounds, SpanLines } from './span-lines.ts';

interface Span {
  begin: number;
  end: number;
  total: number;
}

/** Failures a span reports, and their bytes as JSON: with so many it ends early and hands back the rest, so that its result can always be sent. */
export const SPAN_FAILURES_MAX = 1_000;
export const SPAN_FAILURE_BYTES_MAX = 256 * 1024;

/** Less is not worth the bytes. */
const SPENT_MS_MIN = 1;

export type SpanOutcome =
  /** `leftFrom`: the first chunk that was not computed, because the run made room for another, had too many failures or lines, or one in a span that is in order. */
  | ({ is: 'computed'; partial: unknown; lines?: SpanLines; failed: ChunkFailure[]; leftFrom?: number } & TimeSpent)
  /** Its partials could not be merged. */
  | { is: 'failed'; error: KernelError }
  | { is: 'cancelled' };

/** Of its time, milliseconds in which it waited for turns, and those spent in `merge`. */
interface TimeSpent {
  pacedMs?: number;
  mergeMs?: number;
}

export interface SpanOrder {
  /** As the kind's schema made them. */
  params: unknown;
  span: Span;
  attempt: number;
  jobId: string;
  run: number;
  cells: SlotCells;
  aborts: RunAborts;
  softLimitSec: number;
  /** What becomes of what the chunks return; absent: merged in any order. */
  output?: SlotOutput | undefined;
  /** Absent: the chunks are made by `split`. */
  input?: SlotInput | undefined;
  /** Of a partial. */
  bounds: JsonBounds;
  lineBounds: LineBounds;
  tools: KernelTools;
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
  readonly #bounds: JsonBounds;
  readonly #context: KernelContext;
  readonly #merging: Merging;
  readonly #inputs: ChunkInputs | undefined;
  readonly #lines: SpanLines | undefined;
  readonly #isOrdered: boolean;
  /** Lines that the present chunk must leave; undefined: one. */
  #lineCount: number | undefined;
  readonly #failed: ChunkFailure[] = [];
  #failedBytes = 0;
  readonly #startedAtMs = performance.now();
  #chunk: number;
  /** Set once a merge failed. */
  #mergeError: KernelError | undefined;

  constructor(task: Task, order: SpanOrder) {
    const { params, span, run, cells, aborts, softLimitSec, output, input, bounds, lineBounds, tools } = order;
    this.#task = task;
    this.#span = span;
    this.#run = run;
    this.#cells = cells;
    this.#aborts = aborts;
    this.#softLimitSec = softLimitSec;
    this.#bounds = bounds;
    this.#merging = new Merging(task, params, bounds);
    this.#inputs = task.input && input && new ChunkInputs(task.input, input, span.begin);
    this.#lines = output === 'lines' ? new SpanLines(lineBounds) : undefined;
    this.#isOrdered = output === 'ordered';
    this.#chunk = span.begin;
    this.#context = new KernelContext({ ...order, total: span.total }, span.begin, aborts.signal, cells, tools);
  }

  /** Runs until the end, or until the task code returns a promise; then the rest goes on asynchronously. */
  go(): SpanOutcome | Promise<SpanOutcome> {
    const reached = this.#advance();
    return isPromise(reached) ? this.#goOn(reached) : reached;
  }

  /** To the outcome, or to the next partial that is promised. */
  #advance(): SpanOutcome | Promise<unknown> {
    const { begin, end } = this.#span;
    const task = this.#task;
    const context = this.#context;
    const cells = this.#cells;
    while (this.#chunk < end) {
      if (cells.isCancelled(this.#run)) return { is: 'cancelled' };
      if (this.#chunk > begin && (this.#isFull() || this.#makesRoom())) return this.#computed(this.#chunk);
      context.index = this.#chunk;
      try {
        const partial = task.compute(this.#input(), context);
        if (isPromise(partial)) return partial;
        this.#take(partial);
      } catch (thrown) {
        this.#fail(thrown);
      }
      if (this.#mergeError) return { is: 'failed', error: this.#mergeError };
      this.#chunkOver();
    }
    return cells.isCancelled(this.#run) ? { is: 'cancelled' } : this.#computed();
  }

  /** A loop, not a chain: nothing of a chunk stays behind, however many promise. */
  async #goOn(first: Promise<unknown>): Promise<SpanOutcome> {
    for (let promised = first; ;) {
      try {
        this.#take(await promised);
      } catch (thrown) {
        this.#fail(thrown);
      }
      if (this.#mergeError) return { is: 'failed', error: this.#mergeError };
      this.#chunkOver();
      const reached = this.#advance();
      if (!isPromise(reached)) return reached;
      promised = reached;
    }
  }

  #input(): unknown {
    if (this.#inputs === undefined) return this.#task.split(this.#context.params, this.#chunk, this.#span.total);
    const input = this.#inputs.of(this.#chunk);
    if (this.#task.input?.batch !== undefined) this.#lineCount = (input as unknown[]).length;
    return input;
  }

  #chunkOver(): void {
    this.#chunk += 1;
    this.#cells.done = this.#chunk - this.#span.begin;
  }

  #computed(leftFrom?: number): SpanOutcome {
    const left = { ...this.#timeSpent(), ...(leftFrom !== undefined && { leftFrom }) };
    if (this.#lines) return { is: 'computed', partial: undefined, lines: this.#lines, failed: this.#failed, ...left };
    try {
      this.#merging.check();
    } catch (thrown) {
      return { is: 'failed', error: mergeError(thrown) };
    }
    return { is: 'computed', partial: this.#merging.partial, failed: this.#failed, ...left };
  }

  #timeSpent(): TimeSpent {
    const { pacedMs } = this.#context;
    const mergeMs = this.#merging.spentMs;
    return { ...(pacedMs >= SPENT_MS_MIN && { pacedMs }), ...(mergeMs >= SPENT_MS_MIN && { mergeMs }) };
  }

  #makesRoom(): boolean {
    const afterMs = this.#cells.yieldsAfterMs(this.#run);
    return afterMs !== undefined && performance.now() - this.#startedAtMs >= afterMs;
  }

  /** It has left as much as one result can state. */
  #isFull(): boolean {
    const failures = this.#failed.length;
    if (failures > 0 && (this.#isOrdered || failures >= SPAN_FAILURES_MAX || this.#failedBytes >= SPAN_FAILURE_BYTES_MAX))
      return true;
    return this.#lines?.isFull ?? false;
  }

  /** Throws when the chunk is to blame. */
  #take(partial: unknown): void {
    // Whatever it gave, it stopped half way or took too long.
    if (this.#cells.isOverdue(this.#run)) throw new Error('out of time');
    if (this.#lines) return this.#lines.add(this.#chunk, partial, this.#lineCount);
    weightOf('compute', partial, this.#bounds);
    try {
      this.#merging.add(partial);
    } catch (thrown) {
      this.#mergeError = mergeError(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const failure = { chunk: this.#chunk, error: this.#cells.isOverdue(this.#run) ? this.#outOfTime() : kernelError(thrown) };
    this.#failed.push(failure);
    this.#failedBytes += Buffer.byteLength(JSON.stringify(failure));
  }

  /** The next chunk begins with a signal of its own. */
  #outOfTime(): KernelError {
    this.#aborts.renew();
    this.#context.signal = this.#aborts.signal;
    return {
      code: 'time_limit',
      message: `the chunk ran longer than its soft limit of ${this.#softLimitSec} s`,
      retryable: true,
    };
  }
}

function mergeError(thrown: unknown): KernelError {
  const error = kernelError(thrown);
  return { ...error, message: `the partials of these chunks could not be merged: ${error.message}` };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
