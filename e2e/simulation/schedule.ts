/**
 * Decides what happens next: the only source of order and of time in a simulation.
 *
 * A step is one thing: one message arriving at the other end of one link, or one timer firing. It belongs to one process (or to the
 * broker), and everything it sets off in that process has ended before the next step. Links are first in, first out, as TCP is; between
 * links any order may happen.
 *
 * Invariant: the clock never goes back. Nothing of a dead process runs; nothing of a frozen one runs before it thaws.
 */
import type { Life } from './life.ts';
import type { Random } from './random.ts';
import { TimerQueue } from './timer-queue.ts';

/** One direction of one connection: things on their way. */
export interface Link {
  /** Who acts when something arrives; undefined: the broker. */
  readonly receiver: Life | undefined;
  readonly queue: (() => void)[];
  /** Nothing arrives before this: the network hangs. */
  heldUntilMs: number;
}

/** Milliseconds that pass between two steps at most. */
const STEP_MS_MAX = 3;
/** Lets everything that follows from a step happen: microtasks run dry before this resolves. No time passes by it. */
const { setImmediate: afterMicrotasks } = globalThis;

export class Schedule {
  nowMs = Date.UTC(2026, 0, 1);
  steps = 0;
  /** The process at work in this step; its timers die with it. */
  atWork: Life | undefined;
  readonly links = new Set<Link>();
  readonly #timers = new TimerQueue();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Calls back `ms` from now, as the process at work. Returns how to cancel. */
  after(ms: number, due: () => void): () => void {
    return this.#timers.add({ atMs: this.nowMs + Math.max(0, ms), owner: this.atWork, due });
  }

  /** Does one thing. False when nothing will ever happen again. */
  async step(): Promise<boolean> {
    const ready: Link[] = [];
    for (const link of this.links) {
      if (link.queue.length > 0 && this.nowMs >= link.heldUntilMs && this.nowMs >= (link.receiver?.frozenUntilMs ?? 0))
        ready.push(link);
    }
    if (ready.length > 0) this.nowMs += this.#random.next() * STEP_MS_MAX;
    else if (!this.#jump()) return false;
    this.steps += 1;
    const timer = this.#timers.takeDue(this.nowMs);
    if (timer !== undefined) {
      const { owner } = timer;
      if (owner !== undefined && owner.frozenUntilMs > this.nowMs) this.#timers.add({ ...timer, atMs: owner.frozenUntilMs });
      else if (owner === undefined || owner.alive) await this.#do(owner, timer.due);
    } else if (ready.length > 0) {
      const link = this.#random.one(ready);
      await this.#do(link.receiver, link.queue.shift()!);
    }
    return true;
  }

  /** Runs something as a process, to its end. */
  async doAs(life: Life | undefined, work: () => void): Promise<void> {
    await this.#do(life, work);
  }

  async #do(life: Life | undefined, work: () => void): Promise<void> {
    if (life?.alive === false) return;
    this.atWork = life;
    work();
    // The broker's part of a step is synchronous; only processes have promises to go on with.
    if (life !== undefined) await new Promise<void>((resolve) => afterMicrotasks(resolve));
    this.atWork = undefined;
  }

  /** To the next moment at which anything can happen. */
  #jump(): boolean {
    let nextMs = this.#timers.nextAtMs;
    for (const link of this.links) {
      if (link.queue.length > 0) nextMs = Math.min(nextMs, Math.max(link.heldUntilMs, link.receiver?.frozenUntilMs ?? 0));
    }
    if (nextMs === Infinity) return false;
    this.nowMs = Math.max(this.nowMs, nextMs);
    return true;
  }
}
