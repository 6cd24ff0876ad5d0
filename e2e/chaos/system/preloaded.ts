/** The environment that makes Node preload one of our modules into a service under test. */
import { CONTAINMENT_BUGS, type ContainmentBugName } from '../tap/containment-bugs.ts';
import { PLANTED_BUGS, type PlantedBugName } from '../tap/planted-bugs.ts';
import type { CrashPoint } from '../tap/crash-points.ts';

/** The same for all, so that one that is planted can be told to die as well. Without anything else in the environment it changes nothing. */
const PRELOAD = {
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning --import ${new URL('../tap/preload.ts', import.meta.url).href}`,
};

export function crashEnv(point: CrashPoint): Record<string, string> {
  return { ...PRELOAD, CRASH_AT: point };
}

/** Takes back what `crashEnv` gave. */
export const NO_CRASH_ENV = { CRASH_AT: '' };

/** Stops at the first of these points it passes, then at the next. */
export function freezeEnv(points: readonly CrashPoint[]): Record<string, string> {
  return { ...PRELOAD, FREEZE_AT: points.join(',') };
}

/** Takes back what `freezeEnv` gave. */
export const NO_FREEZE_ENV = { FREEZE_AT: '' };

/** Nothing for services the bug is not planted into. */
export function plantedEnv(bug: PlantedBugName | ContainmentBugName | undefined, service: string): Record<string, string> {
  if (bug === undefined || !{ ...PLANTED_BUGS, ...CONTAINMENT_BUGS }[bug].into.some((into) => into === service)) return {};
  return { ...PRELOAD, PLANTED_BUG: bug };
}
