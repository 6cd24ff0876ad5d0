/**
 * What coordinators count, summed over all of them, and which of their partitions are stuck; from their heartbeats in bucket `coordinators`. Pure but for
 * what it remembers.
 *
 * Invariant: a sum never falls. A coordinator that leaves takes nothing with it; one that starts again has another id and counts from zero.
 */
import { CoordinatorHeartbeat, decode, ifReadable } from '@manyhands/proto';
import { furthest } from './live-workers.ts';

/** Names of one release at most; more would be a mistake, and each is a series. */
const NAMES_MAX = 50;
const nameFormat = /^[a-z][a-z_]{0,39}$/;

export class LiveCoordinators {
  readonly #beats = new Map<string, CoordinatorHeartbeat>();
  readonly #clocksMs = new Map<string, number>();
  readonly #sums = new Map<string, number>();

  /**
   * `value` is undefined when the coordinator left or its heartbeat ran out. A heartbeat this release cannot read is no coordinator. `storedAtMs` is when, by
   * the clock of the server.
   */
  note(key: string, value: Uint8Array | undefined, storedAtMs?: number): void {
    const beat = value && heartbeatOf(value);
    const before = this.#beats.get(key)?.counts ?? {};
    if (beat) this.#beats.set(key, beat);
    else this.#beats.delete(key);
    if (beat?.beat_at === undefined || storedAtMs === undefined) this.#clocksMs.delete(key);
    else this.#clocksMs.set(key, Math.abs(Date.parse(beat.beat_at) - storedAtMs));
    for (const [name, count] of Object.entries(beat?.counts ?? {})) this.#add(name, count - (before[name] ?? 0));
  }

  /** By name. */
  counts(): ReadonlyMap<string, number> {
    return this.#sums;
  }

  get count(): number {
    return this.#beats.size;
  }

  /** Milliseconds that the clock of the coordinator that is furthest off differs from the server's; undefined where none states its clock. */
  get clockDifferenceMs(): number | undefined {
    return furthest([...this.#clocksMs.values()]);
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
