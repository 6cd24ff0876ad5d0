/**
 * Whether a worker may register a kind over what is registered. Pure.
 *
 *   nothing, or no worker has it ──▶ written           the same ──▶ kept
 *   the same project, another build ──▶ written, and logged while others live          another project, workers live ──▶ refused
 *
 * Invariant: a kind whose workers live never changes its owner, so no team takes over another's kind by a name.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KindRegistration, WorkerHeartbeat } from '@manyhands/proto';

export type KindClaim =
  { is: 'kept' } | { is: 'written'; /** Worth a line in the log. */ warning?: string } | { is: 'refused'; why: string };

const WORKERS_NAMED_MAX = 3;

/** `live`: workers other than the one that asks. */
export function claimKind(
  present: KindRegistration | undefined,
  wanted: KindRegistration,
  live: readonly Pick<WorkerHeartbeat, 'worker' | 'kinds' | 'draining'>[],
): KindClaim {
  if (present === undefined) return { is: 'written' };
  if (isSame(present, wanted)) return { is: 'kept' };
  const holders = live.filter(({ kinds, draining }) => !draining && kinds.includes(wanted.kind)).map(({ worker }) => worker);
  if (holders.length === 0 || present.project === undefined || wanted.project === undefined) return { is: 'written' };
  const named = `${holders.slice(0, WORKERS_NAMED_MAX).join(', ')}${holders.length > WORKERS_NAMED_MAX ? ' and others' : ''}`;
  if (packageOf(present.project) !== packageOf(wanted.project))
    return {
      is: 'refused',
      why: `the kind ${wanted.kind} belongs to the project ${present.project}, and ${named} computes it now: give yours (of ${wanted.project}) another name, or stop those workers`,
    };
  if (present.fingerprint === wanted.fingerprint) return { is: 'written' };
  return {
    is: 'written',
    warning: `two builds of ${wanted.kind} are live: this one, whose registration counts from now on, and that of ${named}; raise its version when split, inputs or partials changed`,
  };
}

/** When it was registered does not count. */
function isSame(present: KindRegistration, wanted: KindRegistration): boolean {
  return isDeepStrictEqual({ ...present, registered_at: '' }, { ...wanted, registered_at: '' });
}

/** The name without the version. */
function packageOf(project: string): string {
  return project.replace(/(?<=.)@[^@]*$/, '');
}
