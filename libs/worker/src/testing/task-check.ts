/**
 * Looks for what makes a task give wrong answers once it runs on many machines: the faults that no single run shows.
 *
 * Invariant: what it finds with a seed it finds again with that seed, as far as the task itself does not depend on chance.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { paramsSchemaOf, readParams } from '../slot/task-schemas.ts';
import type { Task } from '../task.ts';
import { Chance } from './chance.ts';
import { checkMerge, isSame } from './merge-laws.ts';
import { TaskFlaw } from './task-flaw.ts';
import { runTask } from './task-trial.ts';
import { TrialSlot } from './trial-slot.ts';

export interface CheckOptions<Asked> {
  /** Of the chance it cuts and orders by; another one each time unless given. */
  seed?: number;
  /** The example unless given. */
  params?: Asked;
  /** Chunks to cut the work into: those of the task, from 4 to 24, unless given. */
  chunks?: number;
  /** Parameters whose single chunk takes long, to see whether it heeds its signal; those above unless given. */
  long?: Asked;
  secrets?: Readonly<Record<string, string>>;
}

const ABORT_AFTER_MS = 10;
/** As long as a worker waits before it ends the thread. */
const ABORT_WITHIN_MS = 250;

/** Throws a `TaskFlaw` that states what is wrong, with the seed and the values that disagree. */
export async function checkTask<Params, Input, Output, Asked>(
  checked: Task<Params, Input, Output, Asked>,
  options: CheckOptions<Asked> = {},
): Promise<void> {
  const task = checked as Task;
  const {
    seed = Math.floor(Math.random() * 2 ** 31),
    params = checked.example,
    chunks = Math.min(24, Math.max(4, checked.chunks)),
    long = params,
    secrets,
  } = options;
  checkParams(task, params, seed);
  checkSplit(task, params, chunks, seed);
  const slot = new TrialSlot(task, params, secrets);
  const partials = await partialsOf(slot, chunks, seed);
  await checkMerge(slot, partials, new Chance(seed), seed);
  if ((await partialsOf(slot, chunks, seed)).every((partial, index) => isSame(partial, partials[index]!)))
    await checkRuns(checked, { params, chunks, ...(secrets && { secrets }) }, partials, seed);
  await checkAbort(new TrialSlot(task, long, secrets), seed);
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

async function partialsOf(slot: TrialSlot, chunks: number, seed: number): Promise<string[]> {
  const partials: string[] = [];
  for (let index = 0; index < chunks; index += 1) {
    const outcome = await slot.compute(index, index + 1, chunks);
    const error = outcome.is === 'failed' ? outcome.error : outcome.is === 'computed' ? outcome.failed[0]?.error : undefined;
    if (outcome.is !== 'computed' || outcome.partial === undefined) {
      const isShape = error?.message.startsWith('what compute returned') ?? false;
      throw new TaskFlaw(
        isShape ? 'not JSON' : 'compute',
        seed,
        `chunk ${index} of ${chunks} failed: ${error?.message ?? outcome.is}`,
      );
    }
    partials.push(outcome.partial);
  }
  return partials;
}

/** Of a task that computes the same each time: leases of many chunks, and failures on the way, change nothing. */
async function checkRuns<Params, Input, Output, Asked>(
  task: Task<Params, Input, Output, Asked>,
  trial: { params: Asked; chunks: number; secrets?: Readonly<Record<string, string>> },
  partials: readonly string[],
  seed: number,
): Promise<void> {
  const slot = new TrialSlot(task as Task, trial.params, trial.secrets);
  const apart = partials.length > 1 ? await slot.merge(partials) : ({ is: 'computed', partial: partials[0] } as const);
  const expected = apart.is === 'computed' ? apart.partial! : '';
  const together = JSON.stringify((await runTask(task, trial)).result);
  if (!isSame(expected, together))
    throw new TaskFlaw(
      'shared partial',
      seed,
      'chunks of one lease give another answer than chunks apart: compute returns a value that merge changes later, or keeps something from chunk to chunk',
      { apart: expected, together },
    );
  const chance = new Chance(seed);
  const failAt = Array.from({ length: trial.chunks }, (_, index) => index).filter(() => chance.next() < 0.4);
  const retried = JSON.stringify((await runTask(task, { ...trial, failAt })).result);
  if (!isSame(expected, retried))
    throw new TaskFlaw('retry', seed, `the answer is another one when the chunks ${failAt.join(', ')} fail once`, {
      expected,
      retried,
    });
}

async function checkAbort(slot: TrialSlot, seed: number): Promise<void> {
  const wentOnMs = await slot.computeAborted(0, 1, ABORT_AFTER_MS, ABORT_WITHIN_MS);
  if (wentOnMs !== undefined && wentOnMs >= ABORT_WITHIN_MS)
    throw new TaskFlaw(
      'deaf to abort',
      seed,
      `compute went on for ${ABORT_WITHIN_MS} ms or more after its signal aborted: look at signal.aborted in loops, pass signal to what waits`,
    );
}
