/** A slot whose thread is the simulation: it takes its time on the simulated clock and dies when its chunk says so. */
import type { Computed, Task } from '../computing.ts';
import type { Mutant } from '../mutant.ts';

export type Outcome = Computed | { is: 'cancelled' };

export class SimulatedSlot {
  readonly index: number;
  state: 'idle' | 'busy' | 'stopping' = 'idle';
  done = 0;
  readonly #compute: (task: Task, params: unknown) => { outcome: Computed; takesMs: number };
  readonly #idle: () => void;
  readonly #mutant: Mutant | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;
  #running: { task: Task; params: unknown } | undefined;

  constructor(
    index: number,
    computes: (task: Task, params: unknown) => { outcome: Computed; takesMs: number },
    idle: () => void,
    mutant?: Mutant,
  ) {
    this.index = index;
    this.#compute = computes;
    this.#idle = idle;
    this.#mutant = mutant;
  }

  run(_kind: string, params: unknown, task: Task): Promise<Outcome> {
    if (this.state !== 'idle') throw new Error(`slot ${this.index} is ${this.state}, not idle`);
    this.state = 'busy';
    this.done = 0;
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#running = { task, params };
      const { outcome, takesMs } = this.#compute(task, params);
      if (task.op === 'compute') setTimeout(() => (this.done = (task.end - task.begin) >> 1), takesMs / 2);
      setTimeout(() => this.#end(resolve, outcome), takesMs);
    });
  }

  /** Ends half way through its span, and hands back the rest. */
  yield(): void {
    const settle = this.#settle;
    const { task, params } = this.#running!;
    if (this.state !== 'busy' || settle === undefined || task.op === 'merge' || task.end - task.begin < 2) return;
    const leftFrom = task.begin + ((task.end - task.begin) >> 1);
    const { outcome } = this.#compute({ ...task, end: leftFrom }, params);
    setTimeout(
      () =>
        this.#end(
          settle,
          outcome.is === 'computed' && this.#mutant !== 'what is left counts' ? { ...outcome, leftFrom } : outcome,
        ),
      5,
    );
  }

  cancel(): void {
    if (this.state !== 'busy') return;
    this.state = 'stopping';
    const settle = this.#settle!;
    setTimeout(() => this.#end(settle, { is: 'cancelled' }), 5);
  }

  #end(settle: (outcome: Outcome) => void, outcome: Outcome): void {
    if (this.#settle !== settle) return;
    const stopped = this.state === 'stopping';
    this.#settle = undefined;
    this.state = 'idle';
    const gaveNothing =
      this.#mutant === 'nothing is a result' &&
      outcome.is === 'computed' &&
      outcome.failed.length === 0 &&
      outcome.partial === undefined;
    settle(stopped ? { is: 'cancelled' } : gaveNothing ? { ...outcome, partial: 'null' } : outcome);
    this.#idle();
  }
}
