/**
 * Performs the effects of a whole mailbox batch as one unit of work, across jobs.
 *
 *   leases ─┐
 *   views  ─┼─▶ finished events ─▶ (the caller acknowledges the batch)
 *   cancels ┘
 *
 * Always true: a finished event leaves only after its final view is stored, because that view is the commit. Everything here may be done again
 * after a crash and changes nothing then. Throws `RevisionConflict` when another owner is at work.
 */
import type { EffectPort } from '@manyhands/actor';
import type { Outbox } from '@manyhands/jetstream';
import { publishFinished } from '../finish/finished-events.ts';
import type { JobEffect } from '../job/effects.ts';
import type { LeasePublisher } from '../lease/lease-publisher.ts';
import type { PaceMemory } from '../lease/pace-memory.ts';
import type { JobViews } from '../progress/job-views.ts';

export class JobEffects implements EffectPort<JobEffect> {
  readonly #leases: LeasePublisher;
  readonly #views: JobViews;
  readonly #outbox: Outbox;
  readonly #paces: PaceMemory;

  constructor(leases: LeasePublisher, views: JobViews, outbox: Outbox, paces: PaceMemory) {
    this.#leases = leases;
    this.#views = views;
    this.#outbox = outbox;
    this.#paces = paces;
  }

  async perform(batch: readonly { actorId: string; effect: JobEffect }[]): Promise<void> {
    const effects = batch.map(({ effect }) => effect);
    const cancelled = new Set(effects.filter((effect) => effect.do === 'cancel_leases').map((effect) => effect.jobId));
    const leases = effects.filter((effect) => effect.do === 'publish_lease').map((effect) => effect.lease);
    const views = effects.filter((effect) => effect.do === 'save_view');
    await settled([
      this.#leases.publish(leases.filter((lease) => !cancelled.has(lease.job_id))),
      this.#views.save(views),
      ...[...cancelled].map((jobId) => this.#leases.cancel(jobId)),
    ]);
    for (const { state, urgency } of views) if (urgency === 'final') this.#paces.remember(state);
    await publishFinished(
      this.#outbox,
      effects.filter((effect) => effect.do === 'publish_finished').map((effect) => effect.event),
    );
  }

  forget(jobId: string): void {
    this.#views.forget(jobId);
  }
}

/** Waits for all of them, so that nothing of this batch is still on its way when it is tried again; then throws the first failure. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
