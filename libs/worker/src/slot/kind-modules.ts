/** Loads the modules that export tasks; every export made by `defineTask` counts, whatever its name. */
import { isTask, type Task } from '../task.ts';
import { examineJson } from './json-value.ts';
import { loadRefusal } from './load-refusal.ts';
import { paramsSchemaOf, recordSchemaOf } from './task-schemas.ts';
import type { KindCard, KindModule } from './slot-messages.ts';

export interface LoadedKind {
  task: Task;
  card: KindCard;
}

/** Tasks by their name on the wire. Throws a sentence that states what to change when a module cannot be loaded or exports none, or a name is there twice. */
export async function loadKinds(modules: readonly KindModule[]): Promise<Map<string, LoadedKind>> {
  const kinds = new Map<string, LoadedKind>();
  for (const { address, isFound } of modules) {
    const tasks = [...new Set((await exportsOf(address)).filter(isTask))];
    if (tasks.length === 0 && !isFound) throw new Error(`${address} exports no task: export what defineTask(…) returns`);
    for (const task of tasks) {
      const name = wireName(task);
      const present = kinds.get(name);
      if (present)
        throw new Error(
          `two tasks are named "${name}", in ${present.card.module}${present.card.module === address ? '' : ` and in ${address}`}: rename one, or raise the version of the newer one`,
        );
      kinds.set(name, { task, card: cardOf(task, address) });
    }
  }
  if (kinds.size === 0)
    throw new Error(
      `no task is exported by ${modules.map(({ address }) => address).join(', ') || 'any module'}: export what defineTask(…) returns`,
    );
  return kinds;
}

/** The kinds that are to be computed: those that are wanted, else all. Throws a sentence for one that is not there. */
export function chosenKinds(cards: readonly KindCard[], wanted: readonly string[] | undefined): readonly KindCard[] {
  const unknown = (wanted ?? []).filter((kind) => !cards.some((card) => card.name === kind));
  if (unknown.length > 0)
    throw new Error(`no task is named ${unknown.join(', ')}; there are: ${cards.map((card) => card.name).join(', ')}`);
  return wanted ? cards.filter((card) => wanted.includes(card.name)) : cards;
}

async function exportsOf(address: string): Promise<unknown[]> {
  try {
    return Object.values((await import(address)) as Record<string, unknown>);
  } catch (cause) {
    throw new Error(loadRefusal(address, cause), { cause });
  }
}

/** The version is part of it, so that a job is computed by one split and one shape of partial. */
function wireName({ name, version }: Pick<Task, 'name' | 'version'>): string {
  return version === 1 ? name : `${name}-v${version}`;
}

/** Throws a sentence when the parameters of the task, or the records of its input, have no JSON Schema, or its empty answer is not JSON. */
function cardOf(task: Task, module: string): KindCard {
  const { title, description, version, example, chunks, attempts, softLimitSec, hardLimitSec, memoryMb, concurrency, sandboxed } =
    task;
  return {
    name: wireName(task),
    version,
    title,
    description,
    params: paramsSchemaOf(task),
    example,
    chunks,
    ...shapeOf(task),
    defaults: {
      ...(attempts !== undefined && { attempts }),
      ...(softLimitSec !== undefined && { softLimitSec }),
      ...(hardLimitSec !== undefined && { hardLimitSec }),
    },
    memoryMb,
    concurrency,
    ...(sandboxed && { sandboxed }),
    module,
  };
}

function shapeOf(task: Task): Pick<KindCard, 'input' | 'output' | 'empty' | 'finish'> {
  const { input, merge, ordered, empty, finish } = task;
  const schema = recordSchemaOf(task);
  const output = merge === undefined ? 'lines' : ordered ? 'ordered' : undefined;
  if (empty !== undefined && typeof weighed(empty) !== 'number')
    throw new TypeError(`task ${task.name}: empty must be a JSON value of at most ${EMPTY_BOUNDS.bytesMax} bytes`);
  return {
    ...(input && {
      input: { form: input.form, ...(schema && { schema }), ...(input.batch !== undefined && { batch: input.batch }) },
    }),
    ...(output && { output }),
    ...(empty !== undefined && { empty }),
    ...(finish && { finish: true }),
  };
}

/** It travels in the submission of every job. */
const EMPTY_BOUNDS = { bytesMax: 64 * 1024, depthMax: 32 };

function weighed(empty: unknown): unknown {
  return examineJson(empty, EMPTY_BOUNDS);
}
