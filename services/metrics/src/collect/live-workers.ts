/** The workers whose heartbeats are in bucket `workers` now, and what they compute per second. */
import { decode, ifReadable, WorkerHeartbeat } from '@manyhands/proto';
import { addSample, rateOf, type CountSample } from './chunk-rate.ts';

export interface WorkerTotals {
  workers: number;
  slots: number;
  busySlots: number;
}

export class LiveWorkers {
  readonly #beats = new Map<string, { beat: WorkerHeartbeat; samples: CountSample[] }>();

  /** `value` is undefined when the worker left or its heartbeat ran out. A heartbeat this release cannot read is no worker. */
  note(key: string, value: Uint8Array | undefined, atMs: number): void {
    const beat = value && heartbeatOf(value);
    if (!beat) {
      this.#beats.delete(key);
      return;
    }
    const samples = addSample(this.#beats.get(key)?.samples ?? [], { atMs, chunksDone: beat.chunks_done });
    this.#beats.set(key, { beat, samples });
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

  chunksPerSec(nowMs: number): number {
    let rate = 0;
    for (const { samples } of this.#beats.values()) rate += rateOf(samples, nowMs);
    return rate;
  }
}

function heartbeatOf(value: Uint8Array): WorkerHeartbeat | undefined {
  return ifReadable(() => decode(WorkerHeartbeat, value));
}
