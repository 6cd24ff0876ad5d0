/**
 * The jobs under way here, by kind, lane and tenant: what the share of each follows from.
 *
 * Invariant: it only sizes windows and chooses queues, so being late by a turn, or knowing only what this coordinator owns, costs fairness for a
 * moment, never truth.
 */
import { isFinal, type SubmitJob } from '@manyhands/proto';
import { heuristics } from './heuristics.ts';
import { leaseMs } from './lease-size.ts';
import type { Share } from './share.ts';
import type { JobState } from '../job/state.ts';

/** The jobs of one kind and lane. */
interface LaneJobs {
  readonly byTenant: Map<string, number>;
  readonly leaseMs: Map<string, number>;
  /** Undefined when it must be looked up again. */
  mostOfOneTenant: number | undefined;
  longestMs: number | undefined;
}

export class ActiveJobs {
  readonly #lanes = new Map<string, LaneJobs>();
  readonly #jobs = new Map<string, SubmitJob>();

  /** The job stands like this now. */
  see(job: JobState): void {
    const { submit } = job;
    if (isFinal(job.status) || job.status === 'paused') return this.forget(submit.job_id);
    const lane = this.#laneOf(submit);
    if (!this.#jobs.has(submit.job_id)) {
      this.#jobs.set(submit.job_id, submit);
      lane.byTenant.set(submit.tenant, (lane.byTenant.get(submit.tenant) ?? 0) + 1);
      lane.mostOfOneTenant = undefined;
    }
    const takesMs = leaseMs(job.pace, job.pace.size) ?? heuristics.leaseTargetMs;
    if (lane.leaseMs.get(submit.job_id) === lane.longestMs) lane.longestMs = undefined;
    else if (lane.longestMs !== undefined) lane.longestMs = Math.max(lane.longestMs, takesMs);
    lane.leaseMs.set(submit.job_id, takesMs);
  }

  forget(jobId: string): void {
    const submit = this.#jobs.get(jobId);
    if (submit === undefined) return;
    this.#jobs.delete(jobId);
    const lane = this.#laneOf(submit);
    const left = lane.byTenant.get(submit.tenant)! - 1;
    if (left > 0) lane.byTenant.set(submit.tenant, left);
    else lane.byTenant.delete(submit.tenant);
    lane.leaseMs.delete(jobId);
    lane.mostOfOneTenant = lane.longestMs = undefined;
    if (lane.byTenant.size === 0) this.#lanes.delete(nameOf(submit));
  }

  /** The share of a job, also of one that is not under way yet. */
  shareOf(submit: SubmitJob): Share {
    const lane = this.#laneOf(submit);
    const added = this.#jobs.has(submit.job_id) ? 0 : 1;
    const jobsOfTenant = (lane.byTenant.get(submit.tenant) ?? 0) + added;
    const tenants = lane.byTenant.size + (lane.byTenant.has(submit.tenant) ? 0 : 1);
    lane.mostOfOneTenant ??= largest(lane.byTenant, 0);
    lane.longestMs ??= largest(lane.leaseMs, heuristics.leaseTargetMs);
    const smallestPart = 1 / (tenants * Math.max(lane.mostOfOneTenant, jobsOfTenant));
    return { part: 1 / (tenants * jobsOfTenant), smallestPart, longestMs: lane.longestMs, jobsOfTenant };
  }

  #laneOf(submit: SubmitJob): LaneJobs {
    const known = this.#lanes.get(nameOf(submit));
    if (known !== undefined) return known;
    const lane: LaneJobs = { byTenant: new Map(), leaseMs: new Map(), mostOfOneTenant: undefined, longestMs: undefined };
    this.#lanes.set(nameOf(submit), lane);
    return lane;
  }
}

/** Of any number of values; a call takes no more than some hundred thousand. */
function largest(values: ReadonlyMap<string, number>, floor: number): number {
  let most = floor;
  for (const value of values.values()) most = Math.max(most, value);
  return most;
}

function nameOf({ kind, lane }: SubmitJob): string {
  return `${kind} ${lane}`;
}
