/**
 * Runs one lease's task in the thread and makes its outcome fit to travel: partials leave as JSON text, counted in bytes.
 *
 * Invariant: a span of several chunks that fails as a whole is retryable, whatever the error, because it is then tried in halves
 * until the chunks to blame stand alone. Parameters that the kind refuses fail it for good, and with it the job.
 */
import type { Task } from '../task.ts';
import type { JsonBounds } from './json-value.ts';
import type { KernelTools } from './kernel-context.ts';
import { kernelError } from './kernel-error.ts';
import { Merging } from './merging.ts';
import { readParams } from './params-schema.ts';
import type { RunAborts } from './run-aborts.ts';
import type { SlotCells } from './slot-cells.ts';
import type { KernelError, RunOutcome, SlotTask } from './slot-messages.ts';
import { runSpan, type SpanOutcome } from './span-run.ts';

export interface TaskRun {
  run: number;
  /** As the job sent them. */
  params: unknown;
  task: SlotTask;
  cells: SlotCells;
  aborts: RunAborts;
  /** Seconds a chunk may run, for the sentence that states it. */
  softLimitSec: number;
  /** Of a partial. */
  bounds: JsonBounds;
  tools: KernelTools;
}

export function runTask(
  kind: Task,
  { run, params: sent, task, cells, aborts, softLimitSec, bounds, tools }: TaskRun,
): RunOutcome | Promise<RunOutcome> {
  const read = readParams(kind, sent);
  if (read.is === 'refused') return failed('params_refused', `The kind ${kind.name} refuses the parameters: ${read.why}`);
  const { params } = read;
  const startedAtMs = performance.now();
  const isDivisible = task.op === 'compute' && task.end - task.begin > 1;
  const over = (outcome: SpanOutcome): RunOutcome => {
    const made = toRunOutcome(outcome, performance.now() - startedAtMs, bounds);
    return made.is === 'failed' && isDivisible ? { is: 'failed', error: { ...made.error, retryable: true } } : made;
  };
  if (task.op === 'merge') return over(mergeAll(kind, params, task.partials, bounds));
  const { attempt, jobId } = task;
  const outcome = runSpan(kind, { params, span: task, attempt, jobId, run, cells, aborts, softLimitSec, bounds, tools });
  return outcome instanceof Promise ? outcome.then(over) : over(outcome);
}

function mergeAll(kind: Task, params: unknown, partials: readonly unknown[], bounds: JsonBounds): SpanOutcome {
  const merging = new Merging(kind, params, bounds);
  try {
    if (partials.includes(undefined)) throw new Error('an input of this merge has no partial');
    for (const partial of partials) merging.add(partial);
    merging.check();
    return { is: 'computed', partial: merging.partial, failed: [] };
  } catch (thrown) {
    return { is: 'failed', error: kernelError(thrown) };
  }
}

function toRunOutcome(outcome: SpanOutcome, computeMs: number, { bytesMax }: JsonBounds): RunOutcome {
  if (outcome.is !== 'computed') return outcome;
  const left = outcome.leftFrom === undefined ? {} : { leftFrom: outcome.leftFrom };
  if (outcome.partial === undefined) return { is: 'computed', failed: outcome.failed, ...left, computeMs };
  let partial: string;
  let bytes: number;
  try {
    partial = JSON.stringify(outcome.partial);
    bytes = Buffer.byteLength(partial);
  } catch (thrown) {
    // It was a JSON value a moment ago: a getter changed its mind.
    return failed('compute_refused', `the partial is not JSON: ${kernelError(thrown).message}`);
  }
  if (bytes > bytesMax) return failed('too_large', `the partial has ${bytes} bytes as JSON; at most ${bytesMax} can be sent`);
  return { is: 'computed', partial, failed: outcome.failed, ...left, computeMs };
}

function failed(code: KernelError['code'], message: string): RunOutcome {
  return { is: 'failed', error: { code, message, retryable: false } };
}
