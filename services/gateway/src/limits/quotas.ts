/**
 * How much one user may have at once: jobs under way and their chunks, bytes of inputs, schedules. Without accounts (`AUTH=off`) there are none but for demo jobs.
 *
 * Jobs are counted by what this gateway knows (`running-jobs.ts`), so a burst over several gateways may pass a quota by what came in the same moment: the limit of
 * submissions bounds that. Jobs that a schedule makes count, and are not refused.
 */
import { Inject, Injectable } from '@nestjs/common';
import { inputBytesOf } from '@manyhands/broker';
import { DEMO_TENANT, keys, limits, type SubmitJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Problem } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import type { QuotaSettings } from './limit-names.ts';
import { RunningJobs } from './running-jobs.ts';

const none: QuotaSettings = { jobs: undefined, chunks: undefined, inputBytes: undefined, schedules: undefined };
const retrySec = 10;

export interface JobRoom {
  /** Throws 429 while there are too many, and 413 for a job that is too large even alone. */
  demand(job: Pick<SubmitJob, 'job_id' | 'chunks'>): void;
  leave(): void;
}

export interface InputMeter {
  /** Throws 413 once there are too many, those of inputs that arrive at this gateway beside it included. */
  count(bytes: number): void;
  end(isStored: boolean): void;
}

/** An input that is being stored by this gateway. */
interface ArrivingInput {
  bytes: number;
  /** Those of inputs that were stored before it is. */
  others: number;
}

@Injectable()
export class Quotas {
  readonly #link: BrokerLink;
  readonly #running: RunningJobs;
  readonly #ofUsers: QuotaSettings;
  /** By tenant. */
  readonly #arriving = new Map<string, Set<ArrivingInput>>();

  constructor(
    @Inject(BrokerLink) link: BrokerLink,
    @Inject(Feeds) feeds: Feeds,
    @Inject(CONFIG) { auth, quotas }: Pick<GatewayConfig, 'auth' | 'quotas'>,
  ) {
    this.#link = link;
    this.#ofUsers = auth === 'on' ? quotas : none;
    this.#running = new RunningJobs(feeds.jobs, (tenant) => auth === 'on' || tenant === DEMO_TENANT);
  }

  /** For a job that is to be stored, or to run again. It counts from when it has room until that is left: then its view does, if it was stored. */
  room(tenant: string): JobRoom {
    let held: string | undefined;
    const leave = (): void => {
      if (held !== undefined) this.#running.release(tenant, held);
      held = undefined;
    };
    return {
      demand: ({ job_id: jobId, chunks }) => {
        leave();
        this.#demand(tenant, chunks);
        if (!this.#isLimited(tenant)) return;
        held = keys.job(tenant, jobId);
        this.#running.hold(tenant, held, chunks);
      },
      leave,
    };
  }

  #demand(tenant: string, chunks: number): void {
    const { jobs: jobsMax, chunks: chunksMax } = this.#of(tenant);
    if (!this.#isLimited(tenant)) return;
    if (chunksMax !== undefined && chunks > chunksMax)
      throw new Problem(
        413,
        `The job has ${chunks} chunks, and all your jobs together may have ${chunksMax}; split it into fewer.`,
      );
    const use = this.#running.of(tenant);
    if (jobsMax !== undefined && use.jobs >= jobsMax)
      throw new Problem(
        429,
        tenant === DEMO_TENANT
          ? 'Too many demo jobs are being computed for visitors now. Try again in some seconds.'
          : `You have ${use.jobs} jobs that have not ended, and ${jobsMax} is the limit. Wait until one ends, or cancel one.`,
        retrySec,
      );
    if (chunksMax !== undefined && use.chunks + chunks > chunksMax)
      throw new Problem(
        429,
        `Your jobs that have not ended have ${use.chunks} chunks, this one has ${chunks}, and ${chunksMax} is the limit. Wait until one ends, or cancel one.`,
        retrySec,
      );
  }

  /** Schedules that a tenant may have. */
  schedulesOf(tenant: string): number {
    return Math.min(limits.schedulesMax, this.#of(tenant).schedules ?? limits.schedulesMax);
  }

  /** What counts one new input of a tenant, from before it is read until it is over. */
  async inputMeter(tenant: string): Promise<InputMeter> {
    const { inputBytes: max } = this.#of(tenant);
    if (max === undefined) return { count: () => undefined, end: () => undefined };
    const arriving = this.#arriving.get(tenant) ?? new Set();
    this.#arriving.set(tenant, arriving);
    const own: ArrivingInput = { bytes: 0, others: 0 };
    arriving.add(own);
    const end = (isStored: boolean): void => {
      arriving.delete(own);
      if (isStored) for (const other of arriving) other.others += own.bytes;
      if (arriving.size === 0 && this.#arriving.get(tenant) === arriving) this.#arriving.delete(tenant);
    };
    try {
      const stored = await withDeadline(
        inputBytesOf(this.#link.bus().broker, tenant),
        'Your inputs could not be counted in time because NATS does not answer; try again in a few seconds.',
      );
      own.others += stored;
    } catch (error) {
      end(false);
      throw error;
    }
    const count = (bytes: number): void => {
      own.bytes += bytes;
      if ([...arriving].reduce((sum, one) => sum + one.bytes, own.others) <= max) return;
      own.bytes = 0;
      throw new Problem(
        413,
        `With this input, your inputs have more than ${max / 1_000_000} MB, which is the limit; delete some (DELETE /v1/inputs/{id}) first.`,
      );
    };
    return { count, end };
  }

  #isLimited(tenant: string): boolean {
    const { jobs, chunks } = this.#of(tenant);
    return jobs !== undefined || chunks !== undefined;
  }

  #of(tenant: string): QuotaSettings {
    return tenant === DEMO_TENANT ? { ...none, jobs: limits.demoJobsMax } : this.#ofUsers;
  }
}
