/** Notices when the partition stands still in good weather: messages wait in its mailbox, and none is acknowledged. */
import type { SimulatedBroker } from './broker/simulated-broker.ts';

const STILL_MS_MAX = 15_000;
/** A hang or freeze of the storm, the pin of who was frozen, and the ack wait, may last into the calm. */
const AFTER_STORM_MS = 60_000;
/** Looking costs more than a step. */
const EVERY_STEPS = 20;

export class StillPartition {
  readonly #broker: SimulatedBroker;
  #steps = 0;
  #floor = 0;
  #movedAtMs = 0;

  constructor(broker: SimulatedBroker) {
    this.#broker = broker;
  }

  /** What is wrong now, if anything. */
  seen(nowMs: number, calmSinceMs: number): string | undefined {
    if ((this.#steps += 1) % EVERY_STEPS > 0) return undefined;
    const { partition } = this.#broker;
    if (partition.ackFloor !== this.#floor || !partition.unfinished) {
      this.#floor = partition.ackFloor;
      this.#movedAtMs = nowMs;
    }
    const stillMs = nowMs - Math.max(this.#movedAtMs, calmSinceMs + AFTER_STORM_MS);
    return stillMs > STILL_MS_MAX ? `the partition stands still for ${Math.floor(stillMs)} ms` : undefined;
  }
}
