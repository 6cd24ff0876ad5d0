/**
 * Looks for what makes a task give wrong answers once it runs on many machines: the faults that no single run shows.
 *
 * Invariant: what it finds with a seed it finds again with that seed, as far as the task itself does not depend on chance.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { paramsSchemaOf, readParams } from '../slot/task-schemas.ts';
import type { Batched } from '../task-input.ts';
import type { Task } from '../task.ts';
import { Chance } from './chance.ts';
import { checkMerge, isSame } from './merge-laws.ts';
import { TaskFlaw } from './task-flaw.ts';
import { runTask } from './task-trial.ts';
import { type GivenInput, trialInput } from './trial-input.ts';
import { jsonOf, TrialSlot } from './trial-slot.ts';

export interface CheckOptions<Asked, Item = unknown> extends GivenInput<Item> {
  /** Of the chance it cuts and orders by; another one each time unless given. */
  seed?: number;
  /** The example unless given. */
  params?: Asked;
  /** Parameters whose first chunk takes long, to see whether it heeds its signal; those above unless given. */
  long?: Asked;
  secrets?: Readonly<Record<string, string>>;
}

const ABORT_AFTER_MS = 10;
/** As long as a worker waits before it ends the thread. */
const ABORT_WITHIN_MS = 250;

/** Throws a `TaskFlaw` that states what is wrong, with the seed and the values that disagree. A task with `input` is checked with the `items` (or `bytes`) given. */
export async function checkTask<Params, Input, Output, Asked, Item, Answer>(
  checked: Task<Params, Input, Output, Asked, Item, Answer>,
  options: CheckOptions<Asked, Item extends Batched<infer One> ? One : Item> = {},
): Promise<void> {
  const task = checked as Task;
  const { seed = Math.floor(Math.random() * 2 ** 31), params = checked.example, long = params, secrets, items, bytes } = options;
  const chunks = options.chunks ?? (task.input ? undefined : Math.min(24, Math.max(4, checked.chunks)));
  checkParams(task, params, seed);
  const given = { items, bytes, chunks };
  const input = trialInput(task, given);
  if (input.total === 0) throw new TypeError(`task ${task.name} is checked with some items: give one at least`);
  if (!task.input) checkSplit(task, params, input.total, seed);
  const slot = new TrialSlot(task, params, { input, secrets });
  const left = await leftBy(slot, input.total, seed);
  if (task.merge) await checkMerge(slot, left, { chance: new Chance(seed), seed, ordered: task.ordered === true });
  if ((await leftBy(slot, input.total, seed)).every((one, index) => isSame(one, left[index]!)))
    await checkRuns(task, { params, ...given, ...(secrets && { secrets }) }, left, seed);
  const one = trialInput(task, { ...given, chunks: 1 });
  await checkAbort(new TrialSlot(task, long, { input: one, secrets }), seed);
}

function checkParams(task: Task, params: unknown, seed: number): void {
  const first = readParams(task, params);
  if (first.is === 'refused')
    throw new TaskFlaw('example', seed, `the parameters do not fit their schema: ${first.why}`, { params });
  const misfit = misfitOf(paramsSchemaOf(task), params);
  if (misfit !== undefined) throw new TaskFlaw('example', seed, `the parameters do not fit their schema: ${misfit}`, { params });
  const second = readParams(task, params) as typeof first;
  if (!isDeepStrictEqual(first.params, second.params))
    throw new TaskFlaw('params', seed, 'the schema makes something else of the same parameters each time', {
      once: first.params,
      again: second.params,
    });
}

/** By the JSON Schema, as the gateway holds it against them; undefined for a schema that zod cannot read. */
function misfitOf(schema: object, params: unknown): string | undefined {
  let reader: z.ZodType;
  try {
    reader = z.fromJSONSchema(schema as never);
  } catch {
    return undefined;
  }
  const { error } = reader.safeParse(params);
  return error && z.prettifyError(error);
}

/** Each chunk's input is the same whenever and wherever it is asked for. */
function checkSplit(task: Task, sent: unknown, chunks: number, seed: number): void {
  const read = (): unknown => (readParams(task, structuredClone(sent)) as { params: unknown }).params;
  const params = read();
  const inputs = Array.from({ length: chunks }, (_, index) => task.split(params, index, chunks));
  if (!isDeepStrictEqual(params, read()))
    throw new TaskFlaw('split', seed, 'split changes the parameters', { before: read(), after: params });
  for (let index = chunks - 1; index >= 0; index -= 1) {
    const again = task.split(read(), index, chunks);
    if (!isDeepStrictEqual(again, inputs[index]))
      throw new TaskFlaw('split', seed, `split gives chunk ${index} another input when it is asked again`, {
        once: inputs[index],
        again,
      });
  }
}

/** What each chunk leaves by itself. */
async function leftBy(slot: TrialSlot, chunks: number, seed: number): Promise<string[]> {
  const left: string[] = [];
  for (let index = 0; index < chunks; index += 1) {
    const outcome = await slot.compute(index, index + 1);
    const error = outcome.is === 'failed' ? outcome.error : outcome.is === 'computed' ? outcome.failed[0]?.error : undefined;
    const json = outcome.is === 'computed' ? jsonOf(outcome) : undefined;
    if (json === undefined) {
      const isShape = error?.message.startsWith('what compute returned') ?? false;
      throw new TaskFlaw(
        isShape ? 'not JSON' : 'compute',
        seed,
        `chunk ${index} of ${chunks} failed: ${error?.message ?? outcome.is}`,
      );
    }
    left.push(json);
  }
  return left;
}

/** Of a task that computes the same each time: leases of many chunks, and failures on the way, change nothing. */
async function checkRuns(
  task: Task,
  trial: GivenInput & { params: unknown; secrets?: Readonly<Record<string, string>> },
  left: readonly string[],
  seed: number,
): Promise<void> {
  const input = trialInput(task, trial);
  const outcomeOf = async (failAt: readonly number[]): Promise<string> => {
    const { result, lines } = await runTask(task, { ...trial, failAt });
    return task.merge ? JSON.stringify(result) : lines.map(({ output }) => `${JSON.stringify(output)}\n`).join('');
  };
  const apart = task.merge
    ? await mergedApart(new TrialSlot(task, trial.params, { ...trial, input }), task, left, seed)
    : left.join('');
  const together = await outcomeOf([]);
  if (!isSame(apart, together))
    throw new TaskFlaw(
      'shared partial',
      seed,
      'chunks of one lease give another answer than chunks apart: compute returns a value that merge changes later, or keeps something from chunk to chunk',
      { apart, together },
    );
  const chance = new Chance(seed);
  const failAt = Array.from({ length: input.total }, (_, index) => index).filter(() => chance.next() < 0.4);
  const retried = await outcomeOf(failAt);
  if (!isSame(apart, retried))
    throw new TaskFlaw('retry', seed, `the answer is another one when the chunks ${failAt.join(', ')} fail once`, {
      expected: apart,
      retried,
    });
}

async function mergedApart(slot: TrialSlot, task: Task, partials: readonly string[], seed: number): Promise<string> {
  if (partials.length === 1 && !task.finish) return partials[0]!;
  const outcome = await slot.merge(partials, task.finish !== undefined);
  if (outcome.is === 'computed') return jsonOf(outcome)!;
  const error = outcome.is === 'failed' ? outcome.error : { code: 'compute_failed', message: 'it was cancelled' };
  throw new TaskFlaw(
    error.code === 'compute_refused' ? 'not JSON' : 'compute',
    seed,
    `the answer could not be made: ${error.message}`,
  );
}

async function checkAbort(slot: TrialSlot, seed: number): Promise<void> {
  const wentOnMs = await slot.computeAborted(0, ABORT_AFTER_MS, ABORT_WITHIN_MS);
  if (wentOnMs !== undefined && wentOnMs >= ABORT_WITHIN_MS)
    throw new TaskFlaw(
      'deaf to abort',
      seed,
      `compute went on for ${ABORT_WITHIN_MS} ms or more after its signal aborted: look at signal.aborted in loops, pass signal to what waits`,
    );
}
