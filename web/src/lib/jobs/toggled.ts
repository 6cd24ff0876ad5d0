/** Which jobs are selected after one was toggled. Pure. */
export interface Selected {
  ids: ReadonlySet<string>;
  /** All that fit, also those that are not loaded. */
  all: boolean;
}

/** `from`: the job that was toggled before, when all up to it are to be as this one. `loaded` are the ids of the list, in their order. */
export function toggled({ ids, all }: Selected, id: string, loaded: readonly string[], from: string | null): Selected {
  // Of all that fit those stay that can be seen.
  const after = new Set(all ? loaded : ids);
  const on = !after.has(id);
  const to = loaded.indexOf(id);
  const start = from === null || !loaded.includes(from) ? to : loaded.indexOf(from);
  for (const each of [id, ...loaded.slice(Math.max(0, Math.min(start, to)), Math.max(start, to) + 1)]) {
    if (on) after.add(each);
    else after.delete(each);
  }
  return { ids: after, all: false };
}
