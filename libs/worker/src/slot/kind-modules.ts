/** Loads the modules that export tasks; every export made by `defineTask` counts, whatever its name. */
import { isTask, type Task } from '../task.ts';
import type { KindCard } from './slot-messages.ts';

/** Tasks by name. Throws a sentence that says what to change when a module exports none or a name is there twice. */
export async function loadKinds(addresses: readonly string[]): Promise<Map<string, Task>> {
  const kinds = new Map<string, Task>();
  for (const address of addresses) {
    const exported = Object.values((await import(address)) as Record<string, unknown>);
    const tasks = [...new Set(exported.filter(isTask))];
    if (tasks.length === 0) throw new Error(`${address} exports no task: export what defineTask(…) returns`);
    for (const task of tasks) {
      if (kinds.has(task.name)) throw new Error(`two tasks are named "${task.name}", the second in ${address}: rename one`);
      kinds.set(task.name, task);
    }
  }
  return kinds;
}

export function cardOf({ name, title, description, params, example, defaultChunks }: Task): KindCard {
  return { name, title, description, params, example, defaultChunks };
}
