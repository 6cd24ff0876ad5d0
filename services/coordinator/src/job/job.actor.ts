/**
 * The job actor: one per job, one message at a time. Its mailbox is a subject, its memory a state, and each turn is pure.
 *
 *   SubmitJob ──────────▶ plan leases
 *   LeaseComputed/Failed ▶ fold into the state ▶ over? end : plan leases
 *   TimerDue ───────────▶ plan leases
 *   PauseJob, ResumeJob ─▶ take leases back, plan leases
 *   RequeueJob ─────────▶ dead chunks wait again, plan leases
 *   CancelJob ──────────▶ end
 *   slots come or go ───▶ plan leases        a step fails for good ─▶ end, set aside
 *
 * The truth of a job is its mailbox (the journal) and the leases still in WORK; everything here can be rebuilt from the two at any time, by any
 * coordinator. A job that was not submitted is `null`.
 *
 * Invariant: `done + failed + pending = total` after every turn; a final job changes and asks for
 * nothing until it is requeued.
 */
import type { Behaviour, Decision, MailboxMessage } from '@manyhands/actor';
import {
  isFinal,
  roundOf,
  type CancelJob,
  type ComputeLease,
  type DeadChunk,
  type LeaseResult,
  type PauseJob,
  type RequeueJob,
  type ResumeJob,
  type SubmitJob,
  type TimerDue,
} from '@manyhands/proto';
import { atTime } from './clock.ts';
import { doubtfulLetters, LETTER_DOUBT_MS, newLetters, withYoungLetters } from './deaths.ts';
import type { JobEffect, ViewUrgency } from './effects.ts';
import { cancelledJob, endedIfOver, finishedEvent, hasMoreToRun } from './finish.ts';
import { foldResult } from './fold.ts';
import { isBrief, type Pace } from '../scheduling/lease-size.ts';
import { pausedOrResumed } from './pause.ts';
import { planLeases } from '../scheduling/plan.ts';
import { withRecalledLeases } from './recover.ts';
import type { Share } from '../scheduling/share.ts';
import { requeued, runsAgain } from './requeue.ts';
import { setAside } from './set-aside.ts';
import { isSettled, losersOf, nextLateAtMs } from '../scheduling/straggler.ts';
import { assertWhole, moved, submittedJob, withAllWaiting, type JobState } from './state.ts';
import { rung, withTimer } from './timer.ts';
import { withResultTimed, withSlotsSeen, withTakenBack } from './timing/job-timing.ts';
import { hasResults } from './view.ts';

export type JobMessage = SubmitJob | CancelJob | PauseJob | ResumeJob | RequeueJob | TimerDue | LeaseResult;

/** What a job may ask of the world while it decides. */
export interface JobSurroundings {
  /** Live slots that can compute a kind; `confined`: inside bubblewrap. */
  slotsOf(kind: string, confined?: boolean): number;
  /** The part of them that is the job's, beside the others of its kind and lane. */
  shareOf(submit: SubmitJob): Share;
  /** How a job of the same kind, params and chunks went lately. */
  paceOf(submit: SubmitJob): Pace | undefined;
  /** Most chunks of one lease, where the operator sets one. */
  leaseChunksMax?: number;
}

/** What `Recall` finds for a job: its leases in WORK. */
export interface RecalledJob {
  leases: readonly ComputeLease[];
  /** Others were there, and left without an answer: what is handed out in their place is no duplicate. */
  lost?: true;
}

type Turn = Decision<JobState | null, JobEffect>;

export const jobBehaviour: Behaviour<JobState | null, JobMessage, JobEffect, JobSurroundings> = {
  initial: () => null,

  opens: (message) => message.type === 'SubmitJob',

  reopens: (message) => message.type === 'RequeueJob',

  decide(job, mail, surroundings, isFollowed) {
    if (job === null) return opened(mail, surroundings);
    if (isFinal(job.status) && mail.message.type !== 'RequeueJob') return atRest(job);
    const next = received(
      atTime(job, mail.storedAtMs, mail.message.type === 'LeaseComputed' ? mail.message.compute_ms : 0),
      mail,
    );
    if (isFinal(next.status) && next.status === job.status && next.round === job.round) return atRest(job);
    const isMove = next.status !== job.status || next.round !== job.round;
    const going = isFinal(next.status)
      ? ended(withLosers(next, losersTo(job, next, mail.message)))
      : isFollowed && !isMove
        ? { state: withSlots(withYoungLetters(next), slotsFor(next, surroundings)), effects: [] }
        : goneOn(next, surroundings, isMove ? 'status' : 'progress');
    const turn = withoutLosers(withLetters(going, newLetters(job, next)), job, mail.message);
    return next.status === 'paused' && job.status !== 'paused' ? { ...turn, effects: [...turn.effects, takeBack(next)] } : turn;
  },

  recovered(job, recalled, surroundings, atHand) {
    if (job === null) return { state: job, effects: [] };
    const letters = lettersInDoubt(job, atHand);
    // Its state was saved before all that it wanted done was.
    if (isFinal(job.status)) return withLetters(ended(job), letters);
    const { leases, lost } = recalled as RecalledJob;
    if (lost) job = { ...job, issue: job.issue + 1 };
    const answers = atHand
      .map(({ message }) => message)
      .filter((message) => message.type === 'LeaseComputed' || message.type === 'LeaseFailed');
    if (job.status !== 'paused') {
      const needless = leases.filter(isNeedlessTo(job)).map(({ lease }) => lease);
      const recovered = withLosers(withRecalledLeases(job, answers, leases), needless);
      const turn = withLetters(goneOn(recovered, surroundings, 'status'), letters);
      return withCancelled(turn, job.submit.job_id, needless);
    }
    const turn = withLetters(goneOn(withAllWaiting(job), surroundings, 'status'), letters);
    return { ...turn, effects: [...turn.effects, takeBack(job)] };
  },

  woken(job, surroundings) {
    if (job === null || isFinal(job.status) || job.status === 'paused') return undefined;
    const turn = goneOn(job, surroundings, 'progress');
    const isShown = turn.state!.hasSlots !== job.hasSlots || turn.effects.some((effect) => effect.do === 'publish_lease');
    return isShown ? turn : undefined;
  },

  setAside: (_jobId, job, cause, nowMs) => (job === null ? undefined : ended(setAside(job, cause, nowMs))),
};

/** Not those of chunks that are run again, or of a job that ended long before what is at hand: they may have been removed meanwhile, and would come back. */
function lettersInDoubt(job: JobState, atHand: readonly MailboxMessage<JobMessage>[]): readonly DeadChunk[] {
  const again = atHand.flatMap(({ message }) => (message.type === 'RequeueJob' && message.round > job.round ? [message] : []));
  const isLongOver =
    job.finishedAtMs !== null && atHand.some(({ storedAtMs }) => storedAtMs > job.finishedAtMs! + LETTER_DOUBT_MS);
  if (isLongOver) return [];
  return doubtfulLetters(job).filter(({ begin }) => !again.some((requeue) => runsAgain(requeue, begin)));
}

/** Nothing but a submission makes a job. */
function opened({ message, storedAtMs }: MailboxMessage<JobMessage>, surroundings: JobSurroundings): Turn {
  if (message.type !== 'SubmitJob') return { state: null, effects: [] };
  const job = submittedJob(message, storedAtMs, surroundings.paceOf(message));
  if (message.chunks === 0) return ended(endedIfOver(moved(job, 'running')));
  return goneOn(
    job,
    surroundings,
    isBrief(job.pace, message.chunks, surroundings.slotsOf(message.kind, message.confined)) ? 'brief' : 'status',
    true,
  );
}

/** What the message makes of the job, and its end if it is over by that. */
function received(job: JobState, mail: MailboxMessage<JobMessage>): JobState {
  return withTakenBack(job, endedIfOver(told(job, mail)));
}

function told(job: JobState, { message }: MailboxMessage<JobMessage>): JobState {
  switch (message.type) {
    case 'SubmitJob':
      return job;
    case 'CancelJob':
      return message.tenant === job.submit.tenant ? cancelledJob(job) : job;
    case 'LeaseComputed':
    case 'LeaseFailed':
      return foldResult(withResultTimed(job, message), message);
    case 'PauseJob':
    case 'ResumeJob':
      return pausedOrResumed(job, message);
    case 'RequeueJob':
      return requeued(job, message);
    case 'TimerDue':
      return rung(job, message);
  }
}

function slotsFor({ submit }: JobState, { slotsOf }: JobSurroundings): number {
  return slotsOf(submit.kind, submit.confined);
}

/** The time that passes from now on counts as that of a job with so many slots. */
function withSlots(given: JobState, slots: number): JobState {
  const job = withSlotsSeen(given, slots);
  if (slots > 0) return job.hasSlots ? job : { ...job, hasSlots: true };
  return { ...job, hasSlots: false, idle: true };
}

/** The job goes on: refill its window and show how far it is. */
function goneOn(given: JobState, surroundings: JobSurroundings, urgency: ViewUrgency, fresh = false): Turn {
  const slots = slotsFor(given, surroundings);
  const job = withSlots(withYoungLetters(given), slots);
  if (job.status === 'paused') return { state: job, effects: [{ do: 'save_view', state: job, slots, urgency, fresh }] };
  const share = surroundings.shareOf(job.submit);
  const { job: planned, issued } = planLeases(job, slots, share, surroundings.leaseChunksMax);
  const { job: state, timer } = withTimer(planned, nextLateAtMs(planned, slots, share));
  assertWhole(state);
  const effects: JobEffect[] = issued.map((lease) => ({
    do: 'publish_lease',
    submit: state.submit,
    lease,
    mayRepeat: state.issue > 0 || state.round > 0,
  }));
  if (timer !== undefined) effects.push({ do: 'set_timer', timer });
  return { state, effects: [...effects, { do: 'save_view', state, slots, urgency, fresh }] };
}

/** Chunks that died in the turn are set aside along with its other effects. */
function withLetters(turn: Turn, letters: readonly DeadChunk[]): Turn {
  if (letters.length === 0) return turn;
  return { ...turn, effects: [...letters.map((letter): JobEffect => ({ do: 'publish_dead', letter })), ...turn.effects] };
}

/** Of a lease in WORK: the state may be older than a requeue, which has chunks run again that are done or dead in it. */
function isNeedlessTo(job: JobState): (lease: ComputeLease) => boolean {
  return ({ task }) => task.op === 'compute' && roundOf(task.attempt) <= job.round && isSettled(job, [task.begin, task.end]);
}

/** What the message makes needless is not waited for. */
function withoutLosers(turn: Turn, before: JobState, message: JobMessage): Turn {
  const losers = losersTo(before, turn.state!, message);
  if (losers.length === 0) return turn;
  return withCancelled({ ...turn, state: withLosers(turn.state!, losers) }, before.submit.job_id, losers);
}

function losersTo(before: JobState, after: JobState, message: JobMessage): readonly string[] {
  return message.type === 'LeaseComputed' || message.type === 'LeaseFailed' ? losersOf(before, after, message) : [];
}

function withLosers(job: JobState, losers: readonly string[]): JobState {
  return losers.length === 0 || job.hasLosers ? job : { ...job, hasLosers: true };
}

function withCancelled(turn: Turn, jobId: string, leases: readonly string[]): Turn {
  if (leases.length === 0) return turn;
  return { ...turn, effects: [...turn.effects, ...leases.map((lease): JobEffect => ({ do: 'cancel_lease', jobId, lease }))] };
}

function takeBack(job: JobState): JobEffect {
  return { do: 'cancel_leases', jobId: job.submit.job_id, round: job.round, forNow: true };
}

/** A final job: nothing changes it but a requeue, for which it is kept if that could run anything. */
function atRest(state: JobState): Turn {
  return { state, effects: [], finished: true, ...(hasMoreToRun(state) && { keep: true }) };
}

/**
 * The job is over: show the end, stop what still runs, publish the event for history. What a dead worker had of a completed job would be computed after its end, if nothing took
 * it out of WORK; where no lease lost to another nothing is left there, so most jobs are spared the request.
 */
function ended(given: JobState): Turn {
  const state = withYoungLetters(given);
  const stop: JobEffect[] =
    state.status === 'completed' && !state.hasLosers
      ? []
      : [{ do: 'cancel_leases', jobId: state.submit.job_id, round: state.round, forNow: false }];
  const show: JobEffect = { do: 'save_view', state, slots: 0, urgency: 'final', fresh: false };
  const results: JobEffect[] = hasResults(state) ? [{ do: 'publish_results', state }] : [];
  return { ...atRest(state), effects: [...results, show, ...stop, { do: 'publish_finished', event: finishedEvent(state) }] };
}
