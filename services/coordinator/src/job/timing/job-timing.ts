/** What a turn of a job adds to its timing. */
import { isFinal, type LeaseComputed, type LeaseResult, type TimePart } from '@manyhands/proto';
import type { JobState } from '../state.ts';
import { countWaiting } from '../waiting.ts';
import { NO_TIMING, withComputed, withPassed, withUnanswered, type Timing } from './timing.ts';

/** Which part the time is that passes now, as far as the job knows before its next result. */
export function partNow(job: JobState): TimePart {
  if (job.status === 'paused' || isFinal(job.status)) return 'stopped';
  if (job.idle || !job.hasSlots) return 'no_worker';
  if (job.leases.length === 0 && job.merges.length > 0) return 'merging';
  if (job.leases.length === 0 && isToRetry(job)) return 'retrying';
  return (job.timing?.leases ?? 0) > 0 ? 'leasing' : 'queued';
}

function isToRetry({ waiting, partials }: JobState): boolean {
  return waiting.length > 0
    ? waiting.every(({ notBeforeMs }) => notBeforeMs !== undefined)
    : partials.some(({ notBeforeMs }) => notBeforeMs !== undefined);
}

export function withTimePassed(job: JobState, passedMs: number): JobState {
  const timing = timingOf(job);
  return { ...job, timing: withPassed(timing, passedMs, partNow(job)) };
}

/** Most slots that it was seen to have. */
export function withSlotsSeen(job: JobState, slots: number): JobState {
  const timing = timingOf(job);
  return slots > timing.slots ? { ...job, timing: { ...timing, slots } } : job;
}

/** The job before a result is folded into it. */
export function withResultTimed(job: JobState, result: LeaseResult): JobState {
  const { about, worker, slot } = result;
  const timing = timingOf(job);
  if (result.type === 'LeaseFailed' || isCutOff(result)) {
    const lease = job.leases.find(({ id }) => id === result.lease);
    const isLost = result.type !== 'LeaseFailed' || result.error.code === 'worker_lost';
    if (!isLost || lease?.sinceMs === undefined) return job;
    return { ...job, timing: withUnanswered(timing, job.atMs - lease.sinceMs) };
  }
  const { compute_ms: computeMs, paced_ms: pacedMs = 0, merge_ms: mergeMs = 0 } = result;
  const [begin, end] = about.op === 'compute' ? [about.begin, about.end] : [0, 0];
  const time = { op: about.op, worker, slot, computeMs, pacedMs, mergeMs, begin, end, heldShare: heldShareOf(job, timing) };
  return { ...job, timing: withComputed(timing, time) };
}

/** The slot's thread was ended, so how long it was busy is not stated. */
function isCutOff({ compute_ms: computeMs, failed }: LeaseComputed): boolean {
  return computeMs === 0 && failed.some(({ error }) => error.code === 'worker_lost' || error.code === 'time_limit');
}

/** The leases that were out when the job was paused or ended have no answer. */
export function withTakenBack(before: JobState, after: JobState): JobState {
  const isTakenBack = after.status !== before.status && (after.status === 'paused' || isFinal(after.status));
  if (!isTakenBack || after.status === 'completed') return after;
  const oldest = Math.min(...before.leases.slice(0, LEASES_LOOKED_AT).map(({ sinceMs }) => sinceMs ?? Infinity));
  if (oldest === Infinity) return after;
  return { ...after, timing: withUnanswered(timingOf(after), after.atMs - oldest) };
}

/** The oldest leases are the first ones. */
const LEASES_LOOKED_AT = 100;

/** The share of its time that `at_once` made the job wait: of those chunks that could be computed now it allowed only some. */
function heldShareOf({ submit, leases, waiting }: JobState, { slots }: Timing): number {
  const allowed = submit.at_once;
  if (allowed === undefined || leases.length < allowed) return 0;
  const wanted = Math.min(slots, allowed + countWaiting(waiting));
  return wanted > allowed ? 1 - allowed / wanted : 0;
}

function timingOf(job: JobState): Timing {
  return job.timing ?? NO_TIMING;
}
