/** Leases that wait for a slot, or for what they name, in the order they came. */
import type { HeldLease } from './held-lease.ts';

export class LeaseBacklog {
  #waiting: HeldLease[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  get all(): readonly HeldLease[] {
    return this.#waiting;
  }

  add(held: HeldLease): void {
    this.#waiting.push(held);
  }

  /** Whether it was there. */
  remove(held: HeldLease): boolean {
    const at = this.#waiting.indexOf(held);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Takes out the first that may run, one of a young job before others; undefined when none may. */
  takeReady(): HeldLease | undefined {
    let chosen = -1;
    for (const [at, { fetched, lease }] of this.#waiting.entries()) {
      if (!fetched) continue;
      if (chosen < 0) chosen = at;
      if (!lease.young) continue;
      chosen = at;
      break;
    }
    return chosen < 0 ? undefined : this.#waiting.splice(chosen, 1)[0];
  }

  takeAll(): HeldLease[] {
    return this.#waiting.splice(0);
  }
}
