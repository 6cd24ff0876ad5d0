/**
 * The actors of one partition that wait for another try, each for itself, while the others go on.
 *
 *   absent ──a step failed──▶ parked ──tried again, done──▶ absent
 *                               │  ▲
 *                               └──failed again (later each time)
 *
 * Invariant: a parked actor is not in memory, and takes no turn but that of its next try. What it has not taken yet stays in the journal, so nothing may be acknowledged from its
 * `first` message on; messages that come meanwhile only raise `last`.
 */
import type { SetAsideCause } from './behaviour.ts';

export interface ParkedActor {
  readonly actorId: string;
  /** Sequence of the first message it has not taken. */
  readonly first: number;
  /** Sequence of the last message that came for it. */
  last: number;
  /** Failures in a row. */
  failures: number;
  /** When the first of them was. */
  readonly sinceMs: number;
  /** The last of them. */
  why: string;
  /** It is being set aside, and that has not worked yet. */
  settingAside: SetAsideCause | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** An actor that waits for another try, for the caller that observes them. */
export interface ParkedReport {
  partition: string;
  actorId: string;
  sinceMs: number;
  failures: number;
  why: string;
}

export class ParkedActors {
  readonly #parked = new Map<string, ParkedActor>();

  get size(): number {
    return this.#parked.size;
  }

  get(actorId: string): ParkedActor | undefined {
    return this.#parked.get(actorId);
  }

  all(): ParkedActor[] {
    return [...this.#parked.values()];
  }

  add(parked: ParkedActor): void {
    this.#parked.set(parked.actorId, parked);
  }

  remove(actorId: string): void {
    clearTimeout(this.#parked.get(actorId)?.timer);
    this.#parked.delete(actorId);
  }

  clear(): void {
    for (const { timer } of this.#parked.values()) clearTimeout(timer);
    this.#parked.clear();
  }

  /** The sequence before the first message that is still to be taken; infinite when none is. */
  get settledThrough(): number {
    let through = Infinity;
    for (const { first } of this.#parked.values()) through = Math.min(through, first - 1);
    return through;
  }
}
