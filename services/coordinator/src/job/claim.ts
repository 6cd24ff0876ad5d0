/**
 * Takes chunks out of what waits and what is leased, because their fate is known now.
 *
 * A lease that loses a chunk this way is given up: the rest of its span waits again, and its result, should it still come, overlaps what
 * is done and does not count.
 */
import { overlapOf, spanWithout, type Span } from './spans.ts';
import type { JobState, OutstandingLease, WaitingSpan } from './state.ts';

export interface Claim {
  job: JobState;
  /** The chunks taken. */
  parts: readonly Span[];
}

/** Takes the chunks of `span` that are at `attemptMax` or an earlier attempt. */
export function claimed(job: JobState, span: Span, attemptMax = Infinity): Claim {
  const parts: Span[] = [];
  const takenFrom = (holder: { span: Span; attempt: number }): boolean => {
    const part = holder.attempt <= attemptMax ? overlapOf(holder.span, span) : undefined;
    if (part !== undefined) parts.push(part);
    return part !== undefined;
  };
  const rest: WaitingSpan[] = [];
  const giveBack = (holder: WaitingSpan): void => {
    for (const left of spanWithout(holder.span, [span])) rest.push({ ...waitingAs(holder), span: left });
  };
  const leases: OutstandingLease[] = [];
  for (const lease of job.leases) {
    if (takenFrom(lease)) giveBack(lease);
    else leases.push(lease);
  }
  const waiting: WaitingSpan[] = [];
  for (const one of job.waiting) {
    if (takenFrom(one)) giveBack(one);
    else waiting.push(one);
  }
  return { job: { ...job, leases, waiting: [...rest, ...waiting] }, parts };
}

/** A lease's chunks as they wait, or a waiting span as it is. */
export function waitingAs({ span, attempt, notBeforeMs }: WaitingSpan): WaitingSpan {
  return notBeforeMs === undefined ? { span, attempt } : { span, attempt, notBeforeMs };
}
