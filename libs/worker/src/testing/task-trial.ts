/** Runs a task from its parameters to its answer: chunks, retries and merges, in milliseconds. */
import { limits } from '@manyhands/proto';
import type { KernelError } from '../slot/slot-messages.ts';
import type { Task, TaskDefinition } from '../task.ts';
import { TrialSlot } from './trial-slot.ts';

export interface TaskTrial<Asked> {
  /** The example unless given. */
  params?: Asked;
  /** The task's own number unless given. */
  chunks?: number;
  /** Chunks whose first run fails, as if the machine had. */
  failAt?: readonly number[] | ((index: number, attempt: number) => boolean);
  /** What `secret` finds, beside the environment. */
  secrets?: Readonly<Record<string, string>>;
}

export interface TaskOutcome<Output> {
  /** Undefined when every chunk failed. */
  result: Output | undefined;
  /** Dead chunks. */
  failures: { index: number; error: Pick<KernelError, 'code' | 'message'>; attempts: number }[];
  log: readonly string[];
}

/** Throws what would fail the job: parameters that are refused, or partials that cannot be merged. */
export async function runTask<Params, Input, Output, Asked>(
  task: Task<Params, Input, Output, Asked>,
  { params = task.example, chunks = task.chunks, failAt = [], secrets }: TaskTrial<Asked> = {},
): Promise<TaskOutcome<Output>> {
  const fails =
    typeof failAt === 'function' ? failAt : (index: number, attempt: number) => attempt === 1 && failAt.includes(index);
  const slot = new TrialSlot(failing(task as Task, fails), params, secrets);
  const attemptsMax = task.attempts ?? limits.attemptsMax;
  const failures: TaskOutcome<Output>['failures'] = [];
  const partials: string[] = [];
  let spans: [begin: number, end: number][] = [[0, chunks]];
  for (let attempt = 1; spans.length > 0; attempt += 1) {
    const again: typeof spans = [];
    for (let at = 0; at < spans.length; at += 1) {
      const [begin, end] = spans[at]!;
      const outcome = await slot.compute(begin, end, chunks, attempt);
      if (outcome.is !== 'computed') {
        // As in a job: what cannot be merged is tried in halves, until chunks stand alone.
        if (outcome.is === 'failed' && outcome.error.retryable && end - begin > 1) {
          const middle = Math.floor((begin + end) / 2);
          spans.push([begin, middle], [middle, end]);
          continue;
        }
        throw new Error(outcome.is === 'failed' ? outcome.error.message : 'the run was cancelled');
      }
      if (outcome.partial !== undefined) partials.push(outcome.partial);
      if (outcome.leftFrom !== undefined) spans.push([outcome.leftFrom, end]);
      for (const { chunk, error } of outcome.failed) {
        if (error.retryable && attempt < attemptsMax) again.push([chunk, chunk + 1]);
        else failures.push({ index: chunk, error: { code: error.code, message: error.message }, attempts: attempt });
      }
    }
    spans = again;
  }
  const result = await merged(slot, partials);
  return { result: result === undefined ? undefined : (JSON.parse(result) as Output), failures, log: slot.log };
}

async function merged(slot: TrialSlot, partials: readonly string[]): Promise<string | undefined> {
  if (partials.length < 2) return partials[0];
  const outcome = await slot.merge(partials);
  if (outcome.is === 'computed') return outcome.partial;
  throw new Error(`The partial results could not be merged: ${outcome.is === 'failed' ? outcome.error.message : outcome.is}`);
}

function failing(task: Task, fails: (index: number, attempt: number) => boolean): Task {
  const compute: TaskDefinition<unknown, unknown, unknown>['compute'] = (input, context) => {
    if (fails(context.index, context.attempt)) throw new Error(`chunk ${context.index} was made to fail`);
    return task.compute(input, context);
  };
  return { ...task, compute };
}
