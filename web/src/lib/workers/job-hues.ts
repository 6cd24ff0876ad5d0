/** Which of the eight colours for things beside each other each job has. Pure. */

export const hueCount = 8;
export const noHues: ReadonlyMap<string, number> = new Map();

/** A job keeps its colour as long as it is among the first eight, so that nothing changes its colour while it is looked at; the others have none. */
export function huesOf(before: ReadonlyMap<string, number>, jobs: readonly string[]): Map<string, number> {
  const first = jobs.slice(0, hueCount);
  const hues = new Map<string, number>();
  for (const job of first) if (before.has(job)) hues.set(job, before.get(job)!);
  const taken = new Set(hues.values());
  const free = Array.from({ length: hueCount }, (_, hue) => hue).filter((hue) => !taken.has(hue));
  for (const job of first) if (!hues.has(job)) hues.set(job, free.shift()!);
  return hues;
}
