/**
 * Runs several supervised processes and stops them in order: all of one drain stage end before the next one begins to stop.
 *
 * Invariant: after `drain` or `force` resolved, none of the processes is running.
 */
import { graceMsDefault, type ProcessEvents, type ProcessPlan } from './process-plan.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { SupervisedProcess } from './supervised-process.ts';

export class ProcessGroup {
  readonly #events: ProcessEvents;
  readonly #policy: RestartPolicy | undefined;
  readonly #processes: SupervisedProcess[] = [];

  constructor(events: ProcessEvents, policy?: RestartPolicy) {
    this.#events = events;
    this.#policy = policy;
  }

  start(plan: ProcessPlan): SupervisedProcess {
    const supervised = new SupervisedProcess(plan, this.#events, this.#policy);
    this.#processes.push(supervised);
    supervised.start();
    return supervised;
  }

  /** `graceMs` goes before that of each plan. */
  async drain(graceMs?: number): Promise<void> {
    const stages = [...new Set(this.#processes.map(({ plan }) => plan.drainStage))].sort((a, b) => a - b);
    for (const stage of stages) {
      await Promise.all(
        this.#processes
          .filter(({ plan }) => plan.drainStage === stage)
          .map((supervised) => supervised.stop(graceMs ?? supervised.plan.graceMs ?? graceMsDefault)),
      );
    }
  }

  async force(): Promise<void> {
    await Promise.all(this.#processes.map((supervised) => supervised.kill()));
  }
}
