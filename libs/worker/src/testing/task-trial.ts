/** Runs a task from its parameters and input to its answer or lines: chunks, retries and merges, in milliseconds. */
import { limits } from '@manyhands/proto';
import type { KernelError } from '../slot/slot-messages.ts';
import type { Batched } from '../task-input.ts';
import type { LineOf, Task, TaskDefinition } from '../task.ts';
import { type GivenInput, trialInput } from './trial-input.ts';
import { jsonOf, type Left, TrialSlot } from './trial-slot.ts';

export interface TaskTrial<Asked, Item = unknown> extends GivenInput<Item> {
  /** The example unless given. */
  params?: Asked;
  /** Chunks whose first run fails, as if the machine had. */
  failAt?: readonly number[] | ((index: number, attempt: number) => boolean);
  /** What `secret` finds, beside the environment. */
  secrets?: Readonly<Record<string, string>>;
}

export interface TaskOutcome<Answer, Line = unknown> {
  /** Undefined when every chunk failed, or the task has no `merge`. */
  result: Answer | undefined;
  /** Of a task without `merge`: what its chunks left, by the item, in order. */
  lines: { index: number; output: Line }[];
  /** Dead chunks. */
  failures: { index: number; error: Pick<KernelError, 'code' | 'message'>; attempts: number }[];
  log: readonly string[];
  /** What task code left with `context.file`, by the name that it resolved with. */
  files: ReadonlyMap<string, { type: string; bytes: Uint8Array }>;
}

/** Throws what would fail the job: parameters that are refused, or partials that cannot be merged. */
export async function runTask<Params, Input, Output, Asked, Item, Answer>(
  task: Task<Params, Input, Output, Asked, Item, Answer>,
  trial: TaskTrial<Asked, Item extends Batched<infer One> ? One : Item> = {},
): Promise<TaskOutcome<Answer, LineOf<Task<Params, Input, Output, Asked, Item, Answer>>>> {
  const { params = task.example, failAt = [], secrets } = trial;
  const fails =
    typeof failAt === 'function' ? failAt : (index: number, attempt: number) => attempt === 1 && failAt.includes(index);
  const input = trialInput(task as Task, trial);
  const slot = new TrialSlot(failing(task as Task, fails), params, { input, ...(secrets && { secrets }) });
  const { left, failures } = await computed(slot, input.total, task.attempts ?? limits.attemptsMax);
  const outcome = {
    failures,
    log: slot.log,
    files: slot.files,
    lines: task.merge ? [] : (linesOf(left, task.input?.batch ?? 1) as never),
  };
  if (!task.merge) return { ...outcome, result: undefined };
  if (input.total === 0) return { ...outcome, result: (task.empty ?? null) as Answer };
  const result = await merged(slot, left, task.finish !== undefined);
  return { ...outcome, result: result === undefined ? undefined : (JSON.parse(result) as Answer) };
}

/** What leases left, in the order of their chunks, and which chunks are dead. */
async function computed(
  slot: TrialSlot,
  total: number,
  attemptsMax: number,
): Promise<{ left: Left[]; failures: TaskOutcome<unknown>['failures'] }> {
  const failures: TaskOutcome<unknown>['failures'] = [];
  const left: Left[] = [];
  let spans: [begin: number, end: number][] = total === 0 ? [] : [[0, total]];
  for (let attempt = 1; spans.length > 0; attempt += 1) {
    const again: typeof spans = [];
    for (let at = 0; at < spans.length; at += 1) {
      const [begin, end] = spans[at]!;
      const outcome = await slot.compute(begin, end, attempt);
      if (outcome.is !== 'computed') {
        // As in a job: what cannot be merged is tried in halves, until chunks stand alone.
        if (outcome.is === 'failed' && outcome.error.retryable && end - begin > 1) {
          const middle = Math.floor((begin + end) / 2);
          spans.push([begin, middle], [middle, end]);
          continue;
        }
        throw new Error(outcome.is === 'failed' ? outcome.error.message : 'the run was cancelled');
      }
      const json = jsonOf(outcome);
      if (json !== undefined) left.push({ begin, json, segments: outcome.segments ?? [] });
      if (outcome.leftFrom !== undefined) spans.push([outcome.leftFrom, end]);
      for (const { chunk, error } of outcome.failed) {
        if (error.retryable && attempt < attemptsMax) again.push([chunk, chunk + 1]);
        else failures.push({ index: chunk, error: { code: error.code, message: error.message }, attempts: attempt });
      }
    }
    spans = again;
  }
  left.sort((one, other) => one.begin - other.begin);
  return { left, failures };
}

/** By item: a chunk has `batch` of them, but the last. */
function linesOf(left: readonly Left[], batch: number): { index: number; output: unknown }[] {
  return left
    .flatMap(({ json, segments }) => {
      const bytes = Buffer.from(json);
      let at = 0;
      return segments.flatMap(([begin, , length]) => {
        const lines = bytes
          .subarray(at, (at += length))
          .toString()
          .split('\n')
          .slice(0, -1);
        return lines.map((line, item) => ({ index: begin * batch + item, output: JSON.parse(line) as unknown }));
      });
    })
    .sort((one, other) => one.index - other.index);
}

async function merged(slot: TrialSlot, left: readonly Left[], finishes: boolean): Promise<string | undefined> {
  if (left.length === 0 || (left.length === 1 && !finishes)) return left[0]?.json;
  const outcome = await slot.merge(
    left.map(({ json }) => json),
    finishes,
  );
  if (outcome.is === 'computed') return jsonOf(outcome);
  throw new Error(`The partial results could not be merged: ${outcome.is === 'failed' ? outcome.error.message : outcome.is}`);
}

function failing(task: Task, fails: (index: number, attempt: number) => boolean): Task {
  const compute: TaskDefinition<unknown, unknown, unknown>['compute'] = (input, context) => {
    if (fails(context.index, context.attempt)) throw new Error(`chunk ${context.index} was made to fail`);
    return task.compute(input, context);
  };
  return { ...task, compute };
}
