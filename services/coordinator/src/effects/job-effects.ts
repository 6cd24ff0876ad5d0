/**
 * Performs the effects of a whole mailbox batch as one unit of work, across jobs.
 *
 *   leases ─────────────────────────────┐
 *   timers ─────────────────────────────┤
 *   letters ────────────────────────────┤
 *   where lines are ─▶ views ─▶ cancels ┼─▶ finished events ─▶ webhooks ─▶ (the caller acknowledges the batch)
 *
 * Invariant: a finished event leaves only after its final view is stored, because that view is the commit. Everything here may be done again
 * after a crash and changes nothing then. Nothing here undoes what another owner did since, wherever this process is frozen: what takes leases back states up to which one, and what
 * was read before the view was stored; and each step asks first whether the partition is held. Throws `RevisionConflict` when another owner is at work.
 */
import type { EffectPort } from '@manyhands/actor';
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';
import type { Outbox } from '@manyhands/nats';
import type { JobEffect } from '../job/effects.ts';
import type { JobState } from '../job/state.ts';
import type { ActiveJobs } from '../scheduling/active-jobs.ts';
import type { IssuedLease, LeasePublisher } from './lease-publisher.ts';
import type { PaceMemory } from '../scheduling/pace-memory.ts';
import type { AnsweredRecord } from './answered-record.ts';
import type { JobTrace } from './job-trace.ts';
import { publishDeadLetters, publishFinished, setTimers, submitWebhooks } from './job-messages.ts';
import type { JobViews } from '../progress/job-views.ts';

export interface JobEffectsParts {
  leases: LeasePublisher;
  views: JobViews;
  outbox: Outbox;
  /** Where dead letters go. */
  letters: LetterOutbox;
  /** Where the jobs of webhooks go. */
  webhooks: LetterOutbox;
  paces: PaceMemory;
  active: ActiveJobs;
  /** Resolves when the lines of these jobs can be read. */
  publishResults: (jobs: readonly JobState[]) => Promise<void>;
  /** Undefined where there are no traces. */
  trace?: JobTrace | undefined;
  /** Undefined where nothing is kept for people. */
  answered?: AnsweredRecord | undefined;
}

export class JobEffects implements EffectPort<JobEffect> {
  readonly #parts: JobEffectsParts;

  constructor(parts: JobEffectsParts) {
    this.#parts = parts;
  }

  async perform(batch: readonly { actorId: string; effect: JobEffect }[], mustBeHeld: () => void): Promise<void> {
    const { leases, views: shown, outbox, letters, webhooks, paces, active, trace, answered } = this.#parts;
    const effects = batch.map(({ effect }) => effect);
    const beganAtMs = Date.now();
    const { first, cancels, after } = inOrder(effects);
    const views = effects.filter((effect) => effect.do === 'save_view');
    for (const { state } of views) {
      active.see(state);
      trace?.see(state.submit);
    }
    const through = cancels.size > 0 ? await leases.newest() : 0;
    mustBeHeld();
    await settled([
      leases.publish(first),
      setTimers(
        outbox,
        effects.filter((effect) => effect.do === 'set_timer').map((effect) => effect.timer),
      ),
      publishDeadLetters(
        letters,
        effects.filter((effect) => effect.do === 'publish_dead').map((effect) => effect.letter),
      ),
      this.#show(effects).then((behind) => (mustBeHeld(), this.#cancel(cancels, behind, through))),
    ]);
    mustBeHeld();
    await leases.publish(after);
    for (const effect of effects) if (effect.do === 'cancel_lease') leases.cancelOne(effect.jobId, effect.lease);
    for (const { state, urgency } of views) {
      if (urgency !== 'final') continue;
      paces.remember(state);
      trace?.over(state, beganAtMs);
    }
    const ends = effects.filter((effect) => effect.do === 'publish_finished').map(({ event }) => shown.asShown(event));
    const events = await Promise.all(ends);
    await publishFinished(outbox, events);
    await submitWebhooks(webhooks, events);
    for (const effect of effects) if (effect.do === 'keep_answered') answered?.add(effect);
  }

  /** Views, after what they state can be read. Returns the jobs of which a later state is stored. */
  async #show(effects: readonly JobEffect[]): Promise<ReadonlySet<string>> {
    const results = effects.filter((effect) => effect.do === 'publish_results').map(({ state }) => state);
    if (results.length > 0) await this.#parts.publishResults(results);
    return this.#parts.views.save(effects.filter((effect) => effect.do === 'save_view'));
  }

  /** An owner that is behind what is stored must not take leases back: they may be those of the owner that is ahead. */
  async #cancel(cancels: ReadonlyMap<string, Cancel>, behind: ReadonlySet<string>, through: number): Promise<void> {
    await settled(
      [...cancels].filter(([jobId]) => !behind.has(jobId)).map(([jobId, how]) => this.#parts.leases.cancel(jobId, how, through)),
    );
  }

  forget(jobId: string): void {
    const { active, trace, views, answered } = this.#parts;
    active.forget(jobId);
    trace?.forget(jobId);
    views.forget(jobId);
    answered?.forget(jobId);
  }
}

type Cancel = Extract<JobEffect, { do: 'cancel_leases' }>;

/** Leases that leave at once; cancels; and leases of jobs that were paused and resumed in one batch, which must leave after the cancel. */
function inOrder(effects: readonly JobEffect[]): { first: IssuedLease[]; cancels: Map<string, Cancel>; after: IssuedLease[] } {
  const cancels = new Map<string, Cancel>();
  let first: IssuedLease[] = [];
  let after: IssuedLease[] = [];
  for (const effect of effects) {
    if (effect.do === 'publish_lease') (cancels.has(effect.lease.job_id) ? after : first).push(effect);
    if (effect.do !== 'cancel_leases') continue;
    const isOther = ({ lease }: IssuedLease): boolean => lease.job_id !== effect.jobId;
    cancels.set(effect.jobId, effect);
    first = first.filter(isOther);
    after = after.filter(isOther);
  }
  return { first, cancels, after };
}

/** Waits for all of them, so that nothing of this batch is still on its way when it is tried again; then throws the first failure. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
