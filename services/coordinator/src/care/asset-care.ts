/**
 * Looks after what NATS holds for us (`Care`), and says what is wrong in each heartbeat, which `/readyz` reads.
 *
 * All coordinators do: whoever comes first mends, and the others find it mended.
 */
import { Care, wantedConsumers, type CareOptions } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import type { Bus } from '../bus.ts';
import type { JobTurns } from '../ownership/job-turns.ts';

const TELL_EVERY_MS = 1_000;

export class AssetCare {
  readonly #care: Care;
  readonly #bus: Bus;
  readonly #turns: Pick<JobTurns, 'hasWorkers' | 'mended'>;
  #telling: NodeJS.Timeout | undefined;

  constructor(bus: Bus, turns: Pick<JobTurns, 'hasWorkers' | 'mended'>, config: Pick<CareOptions, 'replicas' | 'retentionHours' | 'storageGb'>, log: Logger) {
    this.#bus = bus;
    this.#turns = turns;
    this.#care = new Care({
      broker: bus.broker, replicas: config.replicas ?? 1, retentionHours: config.retentionHours, storageGb: config.storageGb,
      consumers: (stream, present) => wantedConsumers(stream, present, (kind) => turns.hasWorkers(kind)),
      warn: (sentence, err) => log.warn({ ...(err !== undefined && { err }), step: 'care' }, sentence),
    });
  }

  /** Nest. */
  onApplicationBootstrap(): void {
    this.#care.start();
    this.#telling = setInterval(() => {
      this.#bus.said.troubles = this.#care.troubles;
      this.#turns.mended(this.#care.mendedCount);
    }, TELL_EVERY_MS);
  }

  /** Nest. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#telling);
    await this.#care.stop();
  }
}
