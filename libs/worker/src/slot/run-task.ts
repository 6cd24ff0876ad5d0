/**
 * Runs one lease's task in the thread and makes its outcome fit to travel: partials leave as JSON text, counted in bytes.
 *
 * Always true: a span of several chunks that fails as a whole is retryable, whatever the error, because it is then tried in halves
 * until the chunks to blame stand alone.
 */
import type { Task } from '../task.ts';
import { kernelError } from './kernel-error.ts';
import type { RunAborts } from './run-aborts.ts';
import type { SlotCells } from './slot-cells.ts';
import type { KernelError, RunOutcome, SlotTask } from './slot-messages.ts';
import { runSpan, type SpanOutcome } from './span-run.ts';

export interface TaskRun {
  run: number;
  params: unknown;
  task: SlotTask;
  cells: SlotCells;
  aborts: RunAborts;
  /** Seconds a chunk may run, for the sentence that says so. */
  softLimitSec: number;
  partialBytesMax: number;
}

export function runTask(kind: Task, { run, params, task, cells, aborts, softLimitSec, partialBytesMax }: TaskRun): RunOutcome | Promise<RunOutcome> {
  const startedAtMs = performance.now();
  const isDivisible = task.op === 'compute' && task.end - task.begin > 1;
  const over = (outcome: SpanOutcome): RunOutcome => {
    const made = toRunOutcome(outcome, performance.now() - startedAtMs, partialBytesMax);
    return made.is === 'failed' && isDivisible ? { is: 'failed', error: { ...made.error, retryable: true } } : made;
  };
  if (task.op === 'merge') return over(mergeAll(kind, task.partials));
  const outcome = runSpan(kind, { params, span: task, run, cells, aborts, softLimitSec });
  return outcome instanceof Promise ? outcome.then(over) : over(outcome);
}

function mergeAll(kind: Task, partials: readonly unknown[]): SpanOutcome {
  try {
    return { is: 'computed', partial: partials.reduce((left, right) => kind.merge(left, right)), failed: [] };
  } catch (thrown) {
    return { is: 'overwhelmed', error: kernelError(thrown) };
  }
}

function toRunOutcome(outcome: SpanOutcome, computeMs: number, partialBytesMax: number): RunOutcome {
  if (outcome.is === 'cancelled') return outcome;
  if (outcome.is === 'overwhelmed') return { is: 'failed', error: outcome.error };
  const left = outcome.leftFrom === undefined ? {} : { leftFrom: outcome.leftFrom };
  if (outcome.partial === undefined) return { is: 'computed', failed: outcome.failed, ...left, computeMs };
  let partial: string | undefined;
  try {
    partial = JSON.stringify(outcome.partial);
  } catch (thrown) {
    return failed('compute_refused', `the partial is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (partial === undefined) return failed('compute_refused', 'the partial is not JSON: it is a function or a symbol');
  const bytes = Buffer.byteLength(partial);
  if (bytes > partialBytesMax) return failed('too_large', `the partial has ${bytes} bytes as JSON; at most ${partialBytesMax} can be sent`);
  return { is: 'computed', partial, failed: outcome.failed, ...left, computeMs };
}

function failed(code: KernelError['code'], message: string): RunOutcome {
  return { is: 'failed', error: { code, message, retryable: false } };
}
