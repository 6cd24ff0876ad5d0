/** The workers whose heartbeats are in bucket `workers` now, and what they compute. */
import { decode, ifReadable, WorkerHeartbeat } from '@manyhands/proto';
import { slotsOf } from '@manyhands/proto/worker-slots';
import { addSample, rateOf, type CountSample } from './chunk-rate.ts';

export interface WorkerTotals {
  workers: number;
  slots: number;
  busySlots: number;
}

export class LiveWorkers {
  readonly #beats = new Map<string, { beat: WorkerHeartbeat; samples: CountSample[]; clockMs: number }>();
  #computed = 0;

  /**
   * `value` is undefined when the worker left or its heartbeat ran out. A heartbeat this release cannot read is no worker. `atMs` is now, by a clock
   * that is never set; `storedAtMs` is when, by the clock of the server.
   */
  note(key: string, value: Uint8Array | undefined, atMs: number, storedAtMs = atMs): void {
    const beat = value && heartbeatOf(value);
    if (!beat) {
      this.#beats.delete(key);
      return;
    }
    const known = this.#beats.get(key);
    const samples = addSample(known?.samples ?? [], { atMs, chunksDone: beat.chunks_done });
    // What a worker did before it was first seen is not counted: a metrics service that starts again would count it twice.
    this.#computed += Math.max(0, beat.chunks_done - (known?.beat.chunks_done ?? beat.chunks_done));
    this.#beats.set(key, { beat, samples, clockMs: Math.abs(Date.parse(beat.beat_at) - storedAtMs) });
  }

  totals(): WorkerTotals {
    const totals = { workers: 0, slots: 0, busySlots: 0 };
    for (const { beat } of this.#beats.values()) {
      totals.workers += 1;
      totals.slots += beat.slots;
      totals.busySlots += Math.min(beat.busy_slots, beat.slots);
    }
    return totals;
  }

  /** Chunks computed by all workers since the first was seen; never falls. */
  get chunksComputed(): number {
    return this.#computed;
  }

  /** Slots that may compute each kind. A worker that drains takes no more leases. */
  kindSlots(): ReadonlyMap<string, number> {
    const slots = new Map<string, number>();
    for (const { beat } of this.#beats.values()) {
      if (beat.draining) continue;
      for (const kind of beat.kinds) slots.set(kind, (slots.get(kind) ?? 0) + slotsOf(beat, kind).slots);
    }
    return slots;
  }

  /** Milliseconds that the clock of the worker that is furthest off differs from the server's; undefined without workers. */
  get clockDifferenceMs(): number | undefined {
    return furthest([...this.#beats.values()].map(({ clockMs }) => clockMs));
  }

  chunksPerSec(nowMs: number): number {
    let rate = 0;
    for (const { samples } of this.#beats.values()) rate += rateOf(samples, nowMs);
    return rate;
  }
}

/** Of none: undefined. */
export function furthest(differencesMs: readonly number[]): number | undefined {
  return differencesMs.length === 0 ? undefined : Math.max(...differencesMs);
}

function heartbeatOf(value: Uint8Array): WorkerHeartbeat | undefined {
  return ifReadable(() => decode(WorkerHeartbeat, value));
}
