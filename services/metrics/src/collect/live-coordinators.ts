/**
 * What coordinators count, summed over all of them, and which of their partitions are stuck; from their heartbeats in bucket `coordinators`. Pure but for
 * what it remembers.
 *
 * Invariant: a sum never falls. A coordinator that leaves takes nothing with it; one that starts again has another id and counts from zero.
 */
import { CoordinatorHeartbeat, decode, ifReadable } from '@manyhands/proto';

/** Names of one release at most; more would be a mistake, and each is a series. */
const NAMES_MAX = 50;
const nameFormat = /^[a-z][a-z_]{0,39}$/;

export class LiveCoordinators {
  readonly #beats = new Map<string, CoordinatorHeartbeat>();
  readonly #sums = new Map<string, number>();

  /** `value` is undefined when the coordinator left or its heartbeat ran out. A heartbeat this release cannot read is no coordinator. */
  note(key: string, value: Uint8Array | undefined): void {
    const beat = value && heartbeatOf(value);
    const before = this.#beats.get(key)?.counts ?? {};
    if (beat) this.#beats.set(key, beat);
    else this.#beats.delete(key);
    for (const [name, count] of Object.entries(beat?.counts ?? {})) this.#add(name, count - (before[name] ?? 0));
  }

  /** By name. */
  counts(): ReadonlyMap<string, number> {
    return this.#sums;
  }

  get stuckPartitions(): number {
    let stuck = 0;
    for (const beat of this.#beats.values()) stuck += beat.stuck?.length ?? 0;
    return stuck;
  }

  #add(given: string, difference: number): void {
    const name = given.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (!nameFormat.test(name) || (!this.#sums.has(name) && this.#sums.size >= NAMES_MAX)) return;
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + Math.max(0, difference));
  }
}

function heartbeatOf(value: Uint8Array): CoordinatorHeartbeat | undefined {
  return ifReadable(() => decode(CoordinatorHeartbeat, value));
}
