/**
 * Whether and when a failed chunk (or merge) runs again.
 *
 *   waiting ──lease──▶ leased ──done──▶ done
 *      ▲                 │
 *      └──────again──────┴────die────▶ dead
 *
 * An error that states trying again cannot help is believed at once; any other gets as many runs in all as its job allows. Between two runs
 * lies a delay that doubles, spread so that leases which failed together do not come back together; the chunks of one lease do. The spread is a hash, not chance: a
 * replay decides the same.
 */
import { fnv1a, isByItem, limits, runOf, type SubmitJob, type WireError } from '@manyhands/proto';

/** Times are rounded up to this, so that a job whose chunks fail by the thousand is woken ten times a second at most. */
export const RETRY_GRID_MS = 100;
/** The parts of a long delay that are distinguished, so that there are few times at which chunks of one attempt are due. */
const DELAY_PARTS = 16;
/** The longest delay that no task code asked for, rounded up. */
export const DELAY_MS_MAX = limits.retryDelayMsMax * (1 + 1 / DELAY_PARTS);
/** The longest that task code can make a chunk wait, rounded up. */
export const ASKED_DELAY_MS_MAX = limits.retryAfterMsMax * (1 + 1 / DELAY_PARTS);

/** Attempts of one chunk before it is dead. */
function attemptsMaxOf({ max_attempts }: SubmitJob): number {
  return max_attempts ?? limits.attemptsMax;
}

export function runsAgain(submit: SubmitJob, error: WireError, attempt: number): boolean {
  return error.retryable && runOf(attempt) + 1 < attemptsMaxOf(submit);
}

/** Whether what failed like this may end the worker that runs it. What throws does not. */
export function isSuspicious({ code }: WireError): boolean {
  return code === 'worker_lost' || code === 'time_limit';
}

/**
 * When what failed at `attempt` (chunks of the lease that begins at `what`, or the merge of a lease's partial) may run again: half to all of the doubled delay after `nowMs`,
 * or `afterMs` when the task code asked for more.
 */
export function retryAtMs(jobId: string, what: number | string, attempt: number, nowMs: number, afterMs = 0): number {
  const longest = Math.min(limits.retryDelayMsMax, limits.retryDelayMsFirst * 2 ** runOf(attempt));
  const spread = fnv1a(`${jobId} ${what} ${attempt}`) / 2 ** 32;
  const delayMs = Math.max(longest * (0.5 + spread / 2), Math.min(afterMs, limits.retryAfterMsMax));
  const gridMs = Math.max(1, Math.floor(Math.max(longest, delayMs) / DELAY_PARTS / RETRY_GRID_MS)) * RETRY_GRID_MS;
  return Math.ceil((nowMs + delayMs) / gridMs) * gridMs;
}

/** Whether what failed like this states that no chunk of its job can ever be computed. */
export function failsJob({ code }: WireError): boolean {
  return code === 'params_refused';
}

/** The sentence for a dead chunk of this job. */
export function deathOf({ input }: Pick<SubmitJob, 'input'>, chunk: number, error: WireError, attempt: number): WireError {
  const tries = runOf(attempt) + 1;
  const what = isByItem(input) ? 'Item' : 'Chunk';
  const how = error.retryable ? `failed ${tries} ${tries === 1 ? 'time' : 'times'}` : 'cannot be computed';
  return { code: error.code.slice(0, 64), message: `${what} ${chunk} ${how}: ${error.message}`.slice(0, 2000), retryable: false };
}
