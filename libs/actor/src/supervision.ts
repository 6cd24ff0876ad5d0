/**
 * Decides what happens after a turn failed, that is, after behaviour threw: a programmer error, never an operating one.
 *
 *   turn failed ──failures ≤ retriesMax──▶ retry       rebuild the activation, take the same turns again
 *   turn failed ──failures > retriesMax──▶ set aside   dead-letter the one message, go on without it
 *   turn failed ──too many set aside────▶ stop         dead-letter the rest of the actor's batch untried
 *
 * Invariant: one actor's failures never touch another's turns, and the work spent on a broken actor in one batch is bounded by
 * `(retriesMax + 1) × setAsideMax` rebuilds.
 */
export type Directive = 'retry' | 'set aside' | 'stop';

export interface SupervisionLimits {
  /** Tries of one message after its first failure. */
  retriesMax: number;
  /** Messages of one actor set aside in one batch before the rest of its batch follows untried. */
  setAsideMax: number;
}

export function superviseFailure(history: { failures: number; setAside: number }, limits: SupervisionLimits): Directive {
  if (history.failures <= limits.retriesMax) return 'retry';
  return history.setAside + 1 < limits.setAsideMax ? 'set aside' : 'stop';
}
