/**
 * Step submit as a whole: from the body of `POST /v1/jobs` to something stored once, a job now or a schedule that makes jobs.
 *
 *   body ──read──▶ order ──claimed under its key, if it has one──▶ stored ──▶ answered
 *
 * Invariant: what is answered with 202 is stored, by this request or by the one it repeats, and is still there. A key holds no order that was refused for good.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isManyhandsError, newScheduleId, templateOf } from '@manyhands/proto';
import { badRequest, gone, Problem } from '../edge/problem.ts';
import { readSource, type GivenInput, type InputSource } from '../inputs/input-source.ts';
import { JobInputs } from '../inputs/job-inputs.ts';
import { Quotas, type JobRoom } from '../limits/quotas.ts';
import { JobViews } from '../mirror/job-views.ts';
import { JobSchedules } from '../schedule/job-schedules.ts';
import { readTiming } from '../schedule/schedule-request.ts';
import { Idempotency, type Claim, type Order } from './idempotency.ts';
import { JobSubmission } from './submit-job.ts';

export interface Submitted {
  order: Order;
  /** Whether this is the answer to an earlier, equal request. */
  cached: boolean;
}

@Injectable()
export class Submissions {
  constructor(
    @Inject(JobSubmission) private readonly jobs: JobSubmission,
    @Inject(JobSchedules) private readonly schedules: JobSchedules,
    @Inject(Idempotency) private readonly idempotency: Idempotency,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobInputs) private readonly inputs: JobInputs,
    @Inject(Quotas) private readonly quotas: Quotas,
  ) {}

  /** Throws the refusals of whatever does not fit, 410 for a repeat of what is there no more, 429 and 503 at the limits. */
  async submit(tenant: string, body: unknown, key: string | undefined): Promise<Submitted> {
    const room = this.quotas.room(tenant);
    try {
      if (key === undefined) {
        const order = await this.#orderOf(tenant, body, room);
        await this.#store(order, body);
        return { order, cached: false };
      }
      const claim = await this.idempotency.claim(tenant, key, body, () => this.#orderOf(tenant, body, room));
      if (!claim.stored) await this.#storeClaimed(claim, body);
      if (claim.cached) await this.#mustBeThere(claim.order);
      return { order: claim.order, cached: claim.cached };
    } finally {
      room.leave();
    }
  }

  async #orderOf(tenant: string, body: unknown, room: JobRoom): Promise<Order> {
    const now = new Date();
    const { timing, rest } = readTiming(body, now.getTime());
    if (timing !== undefined && sourceOf(body) !== undefined)
      throw badRequest(
        'A schedule takes no input: inputs are kept for some days only. Submit the job with its input when it is to run, or use a kind whose task code reads its data itself.',
      );
    const command = await this.jobs.commandOf(tenant, rest);
    if (timing === undefined) {
      room.demand(command);
      return command;
    }
    return {
      v: 1,
      type: 'Schedule',
      schedule_id: newScheduleId(),
      tenant,
      status: 'scheduled',
      ...timing,
      job: templateOf(command),
      created_at: now.toISOString(),
    };
  }

  async #store(order: Order, body: unknown, again = false): Promise<void> {
    if (order.type === 'Schedule') return this.schedules.store(order, again);
    await this.inputs.provide(order, sourceOf(body));
    await this.jobs.store(order, again);
  }

  async #storeClaimed(claim: Claim, body: unknown): Promise<void> {
    try {
      await this.#store(claim.order, body, claim.cached);
    } catch (error) {
      if (isForGood(error) || (!claim.cached && isLimitOfCaller(error)))
        await this.idempotency.release(claim).catch(() => undefined);
      throw error;
    }
    void this.idempotency.noteStored(claim).catch(() => undefined);
  }

  /** A key may outlive what it names: jobs are kept as long as is set, and schedules are deleted. */
  async #mustBeThere(order: Order): Promise<void> {
    if (order.type === 'SubmitJob') {
      if ((await this.views.load(order.tenant, order.job_id)) !== undefined) return;
      throw gone(
        `This Idempotency-Key made the job ${order.job_id}, which is not kept any more (MANYHANDS_RETENTION_HOURS sets how long). To run it again, send it with a new key.`,
      );
    }
    try {
      await this.schedules.load(order.tenant, order.schedule_id);
    } catch (error) {
      if (!(error instanceof Problem) || error.getStatus() !== 404) throw error;
      throw gone(
        `This Idempotency-Key made the schedule ${order.schedule_id}, which was deleted, or has run and is not kept any more. To make it again, send it with a new key.`,
      );
    }
  }
}

/** A body that is an order has at most one. */
function sourceOf(body: unknown): InputSource | undefined {
  return typeof body === 'object' && body !== null ? readSource(body as GivenInput).source : undefined;
}

/** The same order is refused whenever it comes again, so it cannot have been stored by another process meanwhile. */
function isForGood(error: unknown): boolean {
  if (error instanceof Problem) return [400, 413, 422].includes(error.getStatus());
  return isManyhandsError(error, 'bad_request') || isManyhandsError(error, 'too_large');
}

/** Too many of something: an order of which we know that no other process stored it may give way to another. */
function isLimitOfCaller(error: unknown): boolean {
  return error instanceof Problem && error.getStatus() === 429;
}
