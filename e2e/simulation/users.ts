/**
 * What users do with their jobs while it storms, and after: commands at any time, submissions that come again, a requeue of what ended with chunks missing, and at last a resume
 * of what is still paused.
 *
 * Invariant: all of it ends, so whatever was asked for, every job comes to rest.
 */
import { isFinal } from '@manyhands/proto';
import type { Ledger } from './ledger.ts';
import type { GatewayProcess } from './process/gateway-process.ts';
import type { Random } from './random.ts';
import type { CommandName } from './hostility.ts';
import type { Scenario, SimulatedJob } from './scenario.ts';
import type { Schedule } from './schedule.ts';

/** Steps after the end of a job until somebody looks at it. */
const LOOKED_AT_STEPS_MAX = 60;
/** Milliseconds between two resumes of a job that stays paused. */
const RESUME_EVERY_MS = 5_000;

export class Users {
  readonly done: Record<string, number> = {};
  readonly #gateway: GatewayProcess;
  readonly #ledger: Ledger;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #jobs: readonly SimulatedJob[];
  #commands: { job: SimulatedJob; what: CommandName; afterSteps: number }[];
  readonly #requeues = new Map<SimulatedJob, number>();
  /** The last round of which somebody saw the end. */
  readonly #lookedAt = new Map<SimulatedJob, number>();
  readonly #resumedAtMs = new Map<SimulatedJob, number>();

  constructor({
    gateway,
    ledger,
    schedule,
    random,
    scenario,
  }: {
    gateway: GatewayProcess;
    ledger: Ledger;
    schedule: Schedule;
    random: Random;
    scenario: Scenario;
  }) {
    this.#gateway = gateway;
    this.#ledger = ledger;
    this.#schedule = schedule;
    this.#random = random;
    this.#jobs = scenario.jobs;
    this.#commands = scenario.jobs
      .flatMap((job) => job.commands.map((command) => ({ job, ...command })))
      .sort((one, other) => one.afterSteps - other.afterSteps);
    for (const job of scenario.jobs) this.#requeues.set(job, job.requeues);
  }

  /** Whether something is still to be asked, or to be answered. */
  get busy(): boolean {
    return this.#commands.length > 0 || this.#gateway.pending > 0;
  }

  /** Nothing goes on any more: what would change nothing now is not asked, the rest at once. */
  hurry(): void {
    this.#commands = this.#commands
      .filter(({ what }) => what === 'requeue' || what === 'submit')
      .map((command) => ({ ...command, afterSteps: 0 }));
  }

  /** Does what is due. */
  async act(isStormy: boolean): Promise<void> {
    while (this.#commands[0] !== undefined && this.#commands[0].afterSteps <= this.#schedule.steps) {
      const { job, what } = this.#commands.shift()!;
      await this.#ask(job, what);
    }
    for (const job of this.#jobs) {
      if (this.#mayRequeue(job)) this.#planRequeue(job);
      else if (!isStormy && this.#commands.length === 0) await this.#resumeAtLast(job);
    }
  }

  async #ask(job: SimulatedJob, what: CommandName): Promise<void> {
    this.done[what] = (this.done[what] ?? 0) + 1;
    await this.#schedule.doAs(this.#gateway, () => void this.#gateway[what](job));
  }

  #mayRequeue(job: SimulatedJob): boolean {
    const view = this.#ledger.views.get(job.id);
    if (view === undefined || this.#requeues.get(job)! === 0 || (this.#lookedAt.get(job) ?? -1) >= (view.round ?? 0))
      return false;
    return view.status === 'failed' || (view.status === 'completed' && view.failed_chunks > 0);
  }

  /** Also a second time at once, as by two users who do not know of each other. */
  #planRequeue(job: SimulatedJob): void {
    this.#requeues.set(job, this.#requeues.get(job)! - 1);
    this.#lookedAt.set(job, this.#ledger.views.get(job.id)?.round ?? 0);
    for (let times = this.#random.one([1, 1, 2]); times > 0; times -= 1)
      this.#commands.push({
        job,
        what: 'requeue',
        afterSteps: this.#schedule.steps + this.#random.whole(0, LOOKED_AT_STEPS_MAX),
      });
    this.#commands.sort((one, other) => one.afterSteps - other.afterSteps);
  }

  async #resumeAtLast(job: SimulatedJob): Promise<void> {
    const view = this.#ledger.views.get(job.id);
    if (view === undefined || isFinal(view.status) || job.commands.every(({ what }) => what !== 'pause')) return;
    const { nowMs } = this.#schedule;
    const sinceMs = this.#resumedAtMs.get(job) ?? nowMs;
    if (sinceMs === nowMs) this.#resumedAtMs.set(job, nowMs);
    if (nowMs - sinceMs < RESUME_EVERY_MS) return;
    this.#resumedAtMs.set(job, nowMs);
    await this.#ask(job, 'resume');
  }
}
