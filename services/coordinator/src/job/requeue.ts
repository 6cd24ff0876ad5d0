/**
 * Requeueing a job: its dead chunks run again, in a new round.
 *
 *   running, paused ──requeue──▶ the same, dead chunks waiting
 *   failed, completed with gaps ──requeue──▶ running, dead chunks and those it never came to waiting        (docs/states.md)
 *
 * Always true: one requeue per round counts. Everything computed before still counts; every lease of the new round has a new id, because
 * its attempts begin above all earlier ones, so no answer of an earlier round can stand in its way. A cancelled job is not requeued.
 */
import { isFinal, ROUND_ATTEMPTS, type RequeueJob } from '@manyhands/proto';
import { spanWithout, type Spans } from './spans.ts';
import type { JobState } from './state.ts';

export function requeued(job: JobState, { tenant, round }: RequeueJob): JobState {
  if (tenant !== job.submit.tenant || round !== job.round + 1 || !hasMoreToRun(job)) return job;
  const attempt = round * ROUND_ATTEMPTS;
  const missing: Spans = isFinal(job.status) ? spanWithout([0, job.submit.chunks], job.done) : job.dead;
  const next = {
    ...job,
    round,
    dead: [],
    letters: [],
    firstDeath: null,
    waiting: [...missing.map((span) => ({ span, attempt })), ...job.waiting],
    partials: job.partials.map((partial) => ({ ...partial, mergeAttempt: attempt })),
  };
  return isFinal(job.status) ? { ...next, status: 'running', finishedAtMs: null, failures: [], result: null, error: null } : next;
}

function hasMoreToRun(job: JobState): boolean {
  return job.status !== 'cancelled' && (job.dead.length > 0 || job.status === 'failed');
}
