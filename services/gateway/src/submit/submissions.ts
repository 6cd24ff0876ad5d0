/**
 * Step submit as a whole: from the body of `POST /v1/jobs` to something stored once, a job now or a schedule that makes jobs.
 *
 *   body ──read──▶ order ──claimed under its key, if it has one──▶ stored ──▶ answered
 *
 * Always true: what is answered with 202 is stored, by this request or by the one it repeats.
 */
import { Inject, Injectable } from '@nestjs/common';
import { newScheduleId, templateOf } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
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
  ) {}

  /** Throws the refusals of whatever does not fit, 429 and 503 at the limits. */
  async submit(tenant: string, body: unknown, key: string | undefined): Promise<Submitted> {
    if (key === undefined) {
      const order = this.#orderOf(tenant, body);
      await this.#store(order);
      return { order, cached: false };
    }
    const claim = await this.idempotency.claim(tenant, key, body, () => this.#orderOf(tenant, body));
    if (!claim.stored) await this.#storeClaimed(claim);
    return { order: claim.order, cached: claim.cached };
  }

  #orderOf(tenant: string, body: unknown): Order {
    const now = new Date();
    const { timing, rest } = readTiming(body, now.getTime());
    const command = this.jobs.commandOf(tenant, rest);
    if (timing === undefined) return command;
    return { v: 1, type: 'Schedule', schedule_id: newScheduleId(), tenant, status: 'scheduled', ...timing, job: templateOf(command), created_at: now.toISOString() };
  }

  async #store(order: Order, again = false): Promise<void> {
    if (order.type === 'SubmitJob') await this.jobs.store(order, again);
    else await this.schedules.store(order);
  }

  async #storeClaimed(claim: Claim): Promise<void> {
    try {
      await this.#store(claim.order, claim.cached);
    } catch (error) {
      // After 503 a repeat stores it; what is refused for good must not hold the key.
      if (!claim.cached && !mayBeStoredYet(error)) await this.idempotency.release(claim).catch(() => undefined);
      throw error;
    }
    void this.idempotency.noteStored(claim).catch(() => undefined);
  }
}

function mayBeStoredYet(error: unknown): boolean {
  return !(error instanceof Problem) || error.getStatus() === 503;
}
