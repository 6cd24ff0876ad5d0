/** What the violations found mean for a stage. Pure. */
import { PLANTED_BUGS } from '../tap/planted-bugs.ts';
import type { Stage } from '../profile.ts';

/** The reasons for which the stage failed: what was violated; for a planted bug, what should have been found and was not. */
export function failuresOf({ planted }: Pick<Stage, 'planted'>, violations: readonly string[]): string[] {
  if (planted === undefined) return [...violations];
  return PLANTED_BUGS[planted].breaks
    .filter((id) => !violations.some((violation) => violation.startsWith(`${id}: `)))
    .map((id) => `${planted} runs, and ${id} is not seen to be broken`);
}
