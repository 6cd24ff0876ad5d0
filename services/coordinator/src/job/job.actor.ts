/**
 * The job actor: one per job, one message at a time. Its mailbox is a subject, its memory a state, and each turn is pure.
 *
 *   SubmitJob ──────────▶ plan leases
 *   LeaseComputed/Failed ▶ fold into the state ▶ over? end : plan leases
 *   CancelJob ──────────▶ end
 *
 * The truth of a job is its mailbox (the journal) and the leases still in WORK; everything here can be rebuilt from the two at any time, by any
 * coordinator. A job nobody has submitted is `null`.
 *
 * Always true: `done + failed + pending = total` after every turn; a final job never changes and asks for nothing.
 */
import type { Behaviour, Decision, MailboxMessage } from '@manyhands/actor';
import { isFinal, type CancelJob, type ComputeLease, type LeaseResult, type SubmitJob } from '@manyhands/proto';
import type { JobEffect, ViewUrgency } from './effects.ts';
import { cancelledJob, endedIfOver, finishedEvent } from './finish.ts';
import { foldResult } from './fold.ts';
import type { Pace } from './lease-size.ts';
import { planLeases } from './plan.ts';
import { withRecalledLeases } from './recover.ts';
import { assertWhole, submittedJob, type JobState } from './state.ts';

export type JobMessage = SubmitJob | CancelJob | LeaseResult;

/** What a job may ask of the world while it decides. */
export interface JobSurroundings {
  /** Live slots that can compute a kind. */
  slotsOf(kind: string): number;
  /** How a job of the same kind, params and chunks went lately. */
  paceOf(submit: SubmitJob): Pace | undefined;
}

/** What `Recall` finds for a job: its leases in WORK. */
export interface RecalledJob {
  leases: readonly ComputeLease[];
}

type Turn = Decision<JobState | null, JobEffect>;

export const jobBehaviour: Behaviour<JobState | null, JobMessage, JobEffect, JobSurroundings> = {
  initial: () => null,

  opens: (message) => message.type === 'SubmitJob',

  decide(job, mail, surroundings) {
    if (job === null) return opened(mail, surroundings);
    if (isFinal(job.status)) return { state: job, effects: [], finished: true };
    const next = received({ ...job, atMs: Math.max(job.atMs, mail.storedAtMs) }, mail);
    return isFinal(next.status) ? ended(next) : goneOn(next, surroundings, 'progress');
  },

  recovered(job, recalled, surroundings) {
    if (job === null) return { state: job, effects: [] };
    if (isFinal(job.status)) return ended(job);
    return goneOn(withRecalledLeases(job, (recalled as RecalledJob).leases), surroundings, 'status');
  },
};

/** Nothing but a submission makes a job. */
function opened({ message, storedAtMs }: MailboxMessage<JobMessage>, surroundings: JobSurroundings): Turn {
  if (message.type !== 'SubmitJob') return { state: null, effects: [] };
  return goneOn(submittedJob(message, storedAtMs, surroundings.paceOf(message)), surroundings, 'status', true);
}

function received(job: JobState, { message }: MailboxMessage<JobMessage>): JobState {
  switch (message.type) {
    case 'SubmitJob':
      return job;
    case 'CancelJob':
      return message.tenant === job.submit.tenant ? cancelledJob(job) : job;
    case 'LeaseComputed':
    case 'LeaseFailed':
      return endedIfOver(foldResult(job, message));
  }
}

/** The job goes on: refill its window and show how far it is. */
function goneOn(job: JobState, surroundings: JobSurroundings, urgency: ViewUrgency, fresh = false): Turn {
  const slots = surroundings.slotsOf(job.submit.kind);
  const { job: state, issued } = planLeases(job, slots);
  assertWhole(state);
  const leases = issued.map((lease): JobEffect => ({ do: 'publish_lease', lease }));
  return { state, effects: [...leases, { do: 'save_view', state, slots, urgency, fresh }] };
}

/** The job is over: stop what still runs, show the end, tell history. */
function ended(state: JobState): Turn {
  const stop: JobEffect[] = state.status === 'completed' ? [] : [{ do: 'cancel_leases', jobId: state.submit.job_id }];
  const show: JobEffect = { do: 'save_view', state, slots: 0, urgency: 'final', fresh: false };
  return { state, effects: [...stop, show, { do: 'publish_finished', event: finishedEvent(state) }], finished: true };
}
