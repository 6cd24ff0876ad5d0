/** What a person chooses about retries, limits and tags, and what the API is told: only what was chosen. Pure. */
import type { JobOutput, SubmitJob } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import type { Trying } from '../api.ts';
import { boundsOf, boundsSummary, type BoundsChoice } from './bounds.ts';

export const tryingLimits = {
  attempts: limits.attemptsMax,
  attemptsMost: limits.attemptsMaxMax,
  softLimitSec: limits.softLimitSec,
  hardLimitSec: limits.hardLimitSec,
  limitSecLeast: limits.timeLimitSecMin,
  limitSecMost: limits.timeLimitSecMax,
} as const;

/** Empty fields are undefined, or null as Svelte leaves a number field that was cleared. */
export interface TryingChoice extends BoundsChoice {
  attempts: number | null | undefined;
  softLimitSec: number | null | undefined;
  hardLimitSec: number | null | undefined;
  onDeadChunk: Policy;
}

type Policy = SubmitJob['on_dead_chunk'];

/** What a dead chunk does to a job of this kind when nothing is said: a job of lines leaves it out. */
export function usualPolicyOf({ output }: { output?: JobOutput | undefined }): Policy {
  return output === 'lines' ? 'continue' : 'fail';
}

export function tryingOf(choice: TryingChoice, usual: Policy): Trying {
  const { attempts, softLimitSec, hardLimitSec, onDeadChunk } = choice;
  return {
    ...(attempts != null && { max_attempts: attempts }),
    ...(softLimitSec != null && { soft_limit_sec: softLimitSec }),
    ...(hardLimitSec != null && { hard_limit_sec: hardLimitSec }),
    ...(onDeadChunk !== usual && { on_dead_chunk: onDeadChunk }),
    ...boundsOf(choice),
  };
}

/** What differs from the usual, for the closed section: `1 attempt, leaves dead chunks out`. Empty when nothing does. */
export function tryingSummary(choice: TryingChoice, usual: Policy): string {
  const { max_attempts: attempts, soft_limit_sec: soft, hard_limit_sec: hard, on_dead_chunk: policy } = tryingOf(choice, usual);
  return [
    ...(attempts === undefined ? [] : [`${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`]),
    ...(soft === undefined && hard === undefined ? [] : ['time limits']),
    ...(policy === undefined ? [] : [policy === 'continue' ? 'leaves dead chunks out' : 'a dead chunk fails the job']),
    ...boundsSummary(choice),
  ].join(', ');
}
