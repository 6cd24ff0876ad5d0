/** What a person chooses about retries and time limits, and what the API is told: only what was chosen. Pure. */
import type { SubmitJob } from '@manyhands/proto';
import type { Trying } from '../api.ts';

/** Own copies of `limits`, so that zod stays out of the page. */
export const tryingLimits = {
  attempts: 3,
  attemptsMost: 10,
  softLimitSec: 300,
  hardLimitSec: 360,
  limitSecLeast: 0.1,
  limitSecMost: 86_400,
} as const;

/** Empty fields are undefined, or null as Svelte leaves a number field that was cleared. */
export interface TryingChoice {
  attempts: number | null | undefined;
  softLimitSec: number | null | undefined;
  hardLimitSec: number | null | undefined;
  onDeadChunk: SubmitJob['on_dead_chunk'];
}

export function tryingOf({ attempts, softLimitSec, hardLimitSec, onDeadChunk }: TryingChoice): Trying {
  return {
    ...(attempts != null && { max_attempts: attempts }),
    ...(softLimitSec != null && { soft_limit_sec: softLimitSec }),
    ...(hardLimitSec != null && { hard_limit_sec: hardLimitSec }),
    ...(onDeadChunk !== 'fail' && { on_dead_chunk: onDeadChunk }),
  };
}

/** What differs from the usual, for the closed section: `1 attempt, leaves dead chunks out`. Empty when nothing does. */
export function tryingSummary(choice: TryingChoice): string {
  const { max_attempts: attempts, soft_limit_sec: soft, hard_limit_sec: hard, on_dead_chunk: policy } = tryingOf(choice);
  return [
    ...(attempts === undefined ? [] : [`${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`]),
    ...(soft === undefined && hard === undefined ? [] : ['time limits']),
    ...(policy === undefined ? [] : ['leaves dead chunks out']),
  ].join(', ');
}
