/** What became of a lease, as people are shown it: when which slot had it, and how it ended. Pure. */
import type { Behaviour } from '@manyhands/actor';
import { runOf, type LeaseResult } from '@manyhands/proto';
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import type { JobEffect } from './effects.ts';
import type { JobMessage } from './job.actor.ts';
import type { JobState } from './state.ts';

/** `before` and `after`: the job at the time of the answer, without it and with it. */
function answeredLease(before: JobState, after: JobState, answer: LeaseResult): AnsweredLease {
  const { about, worker, slot } = answer;
  const nowMs = after.timing?.ms ?? 0;
  const tookMs = Math.min(nowMs, tookOf(before, after, answer));
  const [begin, end] = about.op === 'compute' ? [about.begin, about.end] : [0, 0];
  return {
    op: about.op,
    begin,
    end,
    attempt: runOf(about.attempt) + 1,
    worker,
    slot,
    from_ms: nowMs - tookMs,
    took_ms: tookMs,
    outcome: outcomeOf(before, after, answer),
    failed_chunks: answer.type === 'LeaseComputed' ? answer.failed.length : 0,
  };
}

function outcomeOf(before: JobState, after: JobState, answer: LeaseResult): AnsweredLease['outcome'] {
  if (after.duplicateResults > before.duplicateResults) return 'ignored';
  if (answer.type === 'LeaseFailed') return 'lost';
  if (answer.failed.length > 0) return 'failed';
  return answer.left !== undefined && answer.left.length > 0 ? 'returned' : 'computed';
}

/** What the slot states; a lease that was lost had its slot since it was handed out, at most. */
function tookOf(before: JobState, after: JobState, answer: LeaseResult): number {
  if (answer.type === 'LeaseComputed' && answer.compute_ms > 0) return Math.round(answer.compute_ms);
  const sinceMs = before.leases.find(({ id }) => id === answer.lease)?.sinceMs;
  const isMeasured = answer.type === 'LeaseComputed' && answer.failed.length === 0;
  return isMeasured || sinceMs === undefined ? 0 : Math.max(0, Math.round(after.atMs - sinceMs));
}

/** A behaviour that also wants kept what became of each lease. */
export function keepingAnswers<Surroundings>(
  behaviour: Behaviour<JobState | null, JobMessage, JobEffect, Surroundings>,
): Behaviour<JobState | null, JobMessage, JobEffect, Surroundings> {
  return {
    ...behaviour,
    decide(job, mail, surroundings, isFollowed) {
      const turn = behaviour.decide(job, mail, surroundings, isFollowed);
      const { message, sequence } = mail;
      if (job === null || turn.state === null || turn.state === job) return turn;
      if (message.type !== 'LeaseComputed' && message.type !== 'LeaseFailed') return turn;
      const lease = answeredLease(job, turn.state, message);
      const kept: JobEffect = { do: 'keep_answered', submit: job.submit, sequence, lease, isFirst: isUnanswered(job) };
      return { ...turn, effects: [...turn.effects, kept] };
    },
  };
}

/** Whether this job has had no answer yet, as far as it knows. */
function isUnanswered({ timing, retries, duplicateResults, round }: JobState): boolean {
  return (timing?.leases ?? 0) === 0 && retries === 0 && duplicateResults === 0 && round === 0;
}
