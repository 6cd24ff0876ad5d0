/**
 * Runs one lease's task in the thread and makes its outcome fit to travel: partials leave as JSON text, counted in bytes, and large ones as bytes.
 *
 * Invariant: a span of several chunks that fails as a whole is retryable, whatever the error, because it is then tried in halves
 * until the chunks to blame stand alone. Parameters that the kind refuses fail it for good, and with it the job; so does an input
 * that is not the kind's.
 */
import type { Task } from '../task.ts';
import { misfitOf } from './chunk-inputs.ts';
import type { JsonBounds } from './json-value.ts';
import type { KernelTools } from './kernel-context.ts';
import { kernelError, KernelFault } from './kernel-error.ts';
import { Merging, weightOf } from './merging.ts';
import { readParams } from './task-schemas.ts';
import type { RunAborts } from './run-aborts.ts';
import type { SlotCells } from './slot-cells.ts';
import type { KernelError, RunLeft, RunOutcome, SlotBounds, SlotTask } from './slot-messages.ts';
import type { SpanLines } from './span-lines.ts';
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
  bounds: SlotBounds;
  tools: KernelTools;
}

export function runTask(
  kind: Task,
  { run, params: sent, task, cells, aborts, softLimitSec, bounds, tools }: TaskRun,
): RunOutcome | Promise<RunOutcome> {
  const read = readParams(kind, sent);
  if (read.is === 'refused') return failed('params_refused', `The kind ${kind.name} refuses the parameters: ${read.why}`);
  const misfit = task.op === 'compute' ? misfitOf(kind, task.input) : undefined;
  if (misfit !== undefined) return failed('params_refused', misfit);
  const { params } = read;
  const startedAtMs = performance.now();
  const isDivisible = task.op === 'compute' && task.end - task.begin > 1;
  const over = (outcome: SpanOutcome): RunOutcome => {
    const made = toRunOutcome(outcome, performance.now() - startedAtMs, bounds);
    return made.is === 'failed' && isDivisible ? { is: 'failed', error: { ...made.error, retryable: true } } : made;
  };
  if (task.op === 'merge') return over(mergeAll(kind, params, task, bounds.partial));
  const { attempt, jobId, output, input } = task;
  const { partial, lineBytesMax, spanLinesBytesMax } = bounds;
  const lineBounds = { bytesMax: lineBytesMax, depthMax: partial.depthMax, spanBytesMax: spanLinesBytesMax };
  const order = { params, span: task, attempt, jobId, output, input, run, cells, aborts, softLimitSec, tools };
  const outcome = runSpan(kind, { ...order, bounds: partial, lineBounds });
  return outcome instanceof Promise ? outcome.then(over) : over(outcome);
}

function mergeAll(kind: Task, params: unknown, { partials, last }: SlotTask & { op: 'merge' }, bounds: JsonBounds): SpanOutcome {
  const merging = new Merging(kind, params, bounds);
  try {
    if (partials.includes(undefined)) throw new Error('an input of this merge has no partial');
    for (const partial of partials)
      merging.add(partial instanceof Uint8Array ? (JSON.parse(textOf(partial)) as unknown) : partial);
    merging.check();
    const { partial } = merging;
    return {
      is: 'computed',
      partial: last ? finished(kind, partial, params, bounds) : partial,
      failed: [],
    };
  } catch (thrown) {
    return { is: 'failed', error: kernelError(thrown) };
  }
}

/** What is thrown here names `finish`: a merge that fails and this look alike in the outcome. */
function finished(kind: Task, partial: unknown, params: unknown, bounds: JsonBounds): unknown {
  if (kind.finish === undefined) return partial;
  let answer: unknown;
  try {
    answer = kind.finish(partial, params);
  } catch (thrown) {
    const error = kernelError(thrown);
    throw new KernelFault({ ...error, message: `finish threw: ${error.message}` });
  }
  weightOf('finish', answer, bounds);
  return answer;
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}

function toRunOutcome(outcome: SpanOutcome, computeMs: number, bounds: SlotBounds): RunOutcome {
  if (outcome.is !== 'computed') return outcome;
  const { partial, lines, is: _is, ...rest } = outcome;
  const left = { ...rest, computeMs };
  if (lines) return { is: 'computed', ...leftLines(lines, bounds), ...left };
  if (partial === undefined) return { is: 'computed', ...left };
  let text: string;
  try {
    text = JSON.stringify(partial);
  } catch (thrown) {
    // It was a JSON value a moment ago: a getter changed its mind.
    return failed('compute_refused', `the partial is not JSON: ${kernelError(thrown).message}`);
  }
  const bytes = Buffer.byteLength(text);
  const { bytesMax } = bounds.partial;
  if (bytes > bytesMax) return failed('too_large', `the partial has ${bytes} bytes as JSON; at most ${bytesMax} can be stored`);
  if (bytes > bounds.inlinePartialBytesMax) return { is: 'computed', bytes: new TextEncoder().encode(text), ...left };
  return { is: 'computed', partial: text, ...left };
}

function leftLines(lines: SpanLines, { inlineLinesBytesMax }: SlotBounds): Pick<RunLeft, 'text' | 'bytes' | 'segments'> {
  const { segments } = lines;
  if (segments.length === 0) return {};
  return lines.bytes > inlineLinesBytesMax ? { bytes: lines.encoded, segments } : { text: lines.text, segments };
}

function failed(code: KernelError['code'], message: string): RunOutcome {
  return { is: 'failed', error: { code, message, retryable: false } };
}
