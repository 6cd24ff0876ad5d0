/**
 * Asks the server every few seconds for the state of this coordinator's partitions, and reports when one is stuck (`partition-watch.ts`): in the log once, and in each heartbeat
 * until it moves again, which `/readyz` reads.
 */
import { loadPartitionStanding } from '../mailbox/partition-pin.ts';
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { PartitionWatch, type PartitionStanding, type StuckPartition } from './partition-watch.ts';

const LOOK_EVERY_MS = 3_000;

export class PartitionStandings {
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #tell: (stuck: StuckPartition[]) => void;
  readonly #watch = new PartitionWatch();
  #mine: readonly string[] = [];
  #standings: readonly PartitionStanding[] = [];
  #stuck: ReadonlySet<string> = new Set();
  #looking: NodeJS.Timeout | undefined;
  #isLooking = false;
  #failing = false;

  constructor(broker: Broker, log: Logger, tell: (stuck: StuckPartition[]) => void) {
    this.#broker = broker;
    this.#log = log;
    this.#tell = tell;
  }

  assigned(partitions: readonly string[]): void {
    this.#mine = [...partitions];
  }

  /** Partitions of ours in which nothing waits to be handed out. */
  get quiet(): readonly string[] {
    return this.#standings.filter(({ waiting }) => waiting === 0).map(({ partition }) => partition);
  }

  start(): void {
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#looking);
  }

  /** Runs the work on one batch. */
  async during(partition: string, work: () => Promise<void>): Promise<void> {
    this.#watch.busy(partition, performance.now());
    try {
      await work();
      this.#watch.busy(partition, undefined);
    } catch (error) {
      this.#watch.failed(partition, error);
      throw error;
    }
  }

  failed(partition: string, error: unknown): void {
    this.#watch.failed(partition, error);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const mine = this.#mine;
      this.#standings = await Promise.all(mine.map((partition) => loadPartitionStanding(this.#broker, partition)));
      this.#say(this.#watch.seen(this.#standings, performance.now()));
      this.#failing = false;
    } catch (error) {
      // While the server is not reachable every process logs that already; a consumer that is missing is created again by `AssetCare`.
      if (!this.#failing)
        this.#log.warn({ err: error }, 'the state of the partitions could not be read; the coordinator tries again');
      this.#failing = true;
      this.#standings = [];
    } finally {
      this.#isLooking = false;
    }
  }

  #say(stuck: StuckPartition[]): void {
    for (const { partition, for_sec, why } of stuck) {
      if (!this.#stuck.has(partition)) this.#log.error({ partition }, `a partition has been stuck for ${for_sec} s: ${why}`);
    }
    const now = new Set(stuck.map(({ partition }) => partition));
    for (const partition of this.#stuck)
      if (!now.has(partition)) this.#log.info({ partition }, 'the partition is no longer stuck, or another coordinator owns it');
    this.#stuck = now;
    this.#tell(stuck);
  }
}
