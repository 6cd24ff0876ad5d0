/** What goes wrong, and when it is mended: crashes, freezes, cut and hanging connections, restarts of the broker, full streams, partitions that
 * move. */
import type { SimulatedBroker } from './broker/simulated-broker.ts';
import type { CoordinatorProcess } from './process/coordinator-process.ts';
import type { SimulatedProcess } from './process/simulated-process.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

export interface Crew {
  coordinators: CoordinatorProcess[];
  workers: SimulatedProcess[];
  others: readonly SimulatedProcess[];
  /** Starts another in the place of one that crashed. */
  replace(dead: SimulatedProcess): Promise<void>;
}

/** Longer than ack wait, pin timeout and request timeout. */
const LONG_MS_MAX = 40_000;
const RESTART_MS_MAX = 4_000;

export class Storm {
  readonly #schedule: Schedule;
  readonly #broker: SimulatedBroker;
  readonly #random: Random;
  readonly #crew: Crew;
  #repairs: { atMs: number; mend: () => Promise<void> }[] = [];
  readonly faults: Record<string, number> = {};

  constructor(parts: { schedule: Schedule; broker: SimulatedBroker; random: Random; crew: Crew }) {
    this.#schedule = parts.schedule;
    this.#broker = parts.broker;
    this.#random = parts.random;
    this.#crew = parts.crew;
  }

  /** Mends what is due; with `all`, everything. */
  async mend(all = false): Promise<void> {
    if (this.#repairs.length === 0) return;
    const due = this.#repairs.filter(({ atMs }) => all || atMs <= this.#schedule.nowMs);
    this.#repairs = this.#repairs.filter((repair) => !due.includes(repair));
    for (const { mend } of due) await mend();
  }

  async strike(): Promise<void> {
    const random = this.#random;
    const { coordinators, workers, others } = this.#crew;
    const everyone = [...coordinators, ...workers, ...others].filter(({ alive }) => alive);
    const mortal = random.one([coordinators, workers]).filter(({ alive }) => alive);
    const victim = random.one(everyone);
    const what = random.one(['crash', 'crash', 'crash', 'freeze', 'hang', 'cut', 'cut', 'restart', 'hand over', 'full'] as const);
    this.faults[what] = (this.faults[what] ?? 0) + 1;
    switch (what) {
      case 'crash':
        return this.#crash(random.one(mortal));
      case 'freeze':
        victim.frozenUntilMs = this.#schedule.nowMs + this.#howLong();
        return;
      case 'hang':
        return victim.connection.hang(this.#howLong());
      case 'cut':
        return this.#cut(victim);
      case 'restart':
        await this.#broker.restart();
        for (const one of everyone) this.#later(random.next() * RESTART_MS_MAX, () => one.connection.heal());
        return;
      case 'full':
        this.#broker.fullUntilMs.set(random.one([...this.#broker.streams.keys()]), this.#schedule.nowMs + this.#howLong() / 4);
        return;
      case 'hand over': {
        const owner = random.one(coordinators.filter(({ alive }) => alive));
        return owner && this.#schedule.doAs(owner, () => owner.handOver());
      }
    }
  }

  #crash(victim: SimulatedProcess | undefined): void {
    if (victim === undefined) return;
    victim.crash();
    this.#later(this.#random.next() * RESTART_MS_MAX, () => this.#crew.replace(victim));
  }

  async #cut(victim: SimulatedProcess): Promise<void> {
    await victim.connection.cut();
    this.#later(this.#random.next() * RESTART_MS_MAX, () => victim.connection.heal());
  }

  #howLong(): number {
    return this.#random.next() ** 2 * LONG_MS_MAX;
  }

  #later(ms: number, mend: () => Promise<void>): void {
    this.#repairs.push({ atMs: this.#schedule.nowMs + ms, mend });
    // So that an idle clock does not jump over it.
    this.#schedule.after(ms, () => undefined);
  }
}
