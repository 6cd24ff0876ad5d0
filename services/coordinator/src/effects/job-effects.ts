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
    const { leases, outbox, letters, active, trace, answered } = this.#parts;
    const beganAtMs = Date.now();
    const of = sorted(batch);
    const { first, cancels, after } = inOrder(batch);
    for (const { state } of of.save_view) {
      active.see(state);
      trace?.see(state.submit);
    }
    const through = cancels.size > 0 ? await leases.newest() : 0;
    mustBeHeld();
    await settled([
      leases.publish(first),
      setTimers(
        outbox,
        of.set_timer.map(({ timer }) => timer),
      ),
      publishDeadLetters(
        letters,
        of.publish_dead.map(({ letter }) => letter),
      ),
      this.#show(of).then((behind) => (mustBeHeld(), this.#cancel(cancels, behind, through))),
    ]);
    mustBeHeld();
    if (after.length > 0) await leases.publish(after);
    for (const { jobId, lease } of of.cancel_lease) leases.cancelOne(jobId, lease);
    if (of.publish_finished.length > 0) await this.#finish(of, beganAtMs);
    for (const effect of of.keep_answered) answered?.add(effect);
  }

  /** Views, after what they state can be read. Returns the jobs of which a later state is stored. */
  async #show({ publish_results: results, save_view: views }: Sorted): Promise<ReadonlySet<string>> {
    if (results.length > 0) await this.#parts.publishResults(results.map(({ state }) => state));
    return this.#parts.views.save(views);
  }

  async #finish({ save_view: saved, publish_finished: finished }: Sorted, beganAtMs: number): Promise<void> {
    const { views, outbox, webhooks, paces, trace } = this.#parts;
    for (const { state, urgency } of saved) {
      if (urgency !== 'final') continue;
      paces.remember(state);
      trace?.over(state, beganAtMs);
    }
    const events = await Promise.all(finished.map(({ event }) => views.asShown(event)));
    await publishFinished(outbox, events);
    await submitWebhooks(webhooks, events);
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
type Sorted = { readonly [Do in JobEffect['do']]: Extract<JobEffect, { do: Do }>[] };
type Batch = readonly { effect: JobEffect }[];

function sorted(batch: Batch): Sorted {
  const of: Sorted = {
    publish_lease: [],
    set_timer: [],
    publish_dead: [],
    keep_answered: [],
    cancel_leases: [],
    cancel_lease: [],
    save_view: [],
    publish_results: [],
    publish_finished: [],
  };
  for (const { effect } of batch) (of[effect.do] as JobEffect[]).push(effect);
  return of;
}

/** Leases that leave at once; cancels; and leases of jobs that were paused and resumed in one batch, which must leave after the cancel. */
interface InOrder {
  first: readonly IssuedLease[];
  cancels: ReadonlyMap<string, Cancel>;
  after: readonly IssuedLease[];
}

function inOrder(batch: Batch): InOrder {
  const cancels = new Map<string, Cancel>();
  let first: IssuedLease[] = [];
  let after: IssuedLease[] = [];
  for (const { effect } of batch) {
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
