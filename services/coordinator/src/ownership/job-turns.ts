/**
 * The jobs of the partitions this coordinator owns, from the first batch of a partition to its release.
 *
 *   foreign ──first batch──▶ owned ──release: closed──▶ foreign (what is unsaved is saved)
 *                                  └─release: failed, pin lost──▶ foreign (what is in memory is dropped)
 *
 * Always true: after a release nothing of the partition is in memory here, so an owner that comes back starts from snapshot and mailbox.
 */
import type { MailboxBatch, PartitionRelease, PatientOutbox } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import type { Bus } from '../bus.ts';
import type { JobMessage } from '../job/job.actor.ts';
import { LiveSlots } from '../lease/live-slots.ts';
import { JobViews } from '../progress/job-views.ts';
import { createJobRuntime, type JobRuntime } from './job-runtime.ts';

const PASSIVATE_EVERY_MS = 5_000;

export class JobTurns {
  readonly #bus: Bus;
  readonly #letters: PatientOutbox;
  readonly #log: Logger;
  readonly #views: JobViews;
  readonly #slots = new LiveSlots();
  readonly #runtime: JobRuntime;
  #watching: { stop(): Promise<void> } | undefined;
  #passivating: NodeJS.Timeout | undefined;

  constructor(bus: Bus, letters: PatientOutbox, leaseChunksMax: number, log: Logger) {
    const { broker, outbox, buckets } = bus;
    this.#bus = bus;
    this.#letters = letters;
    this.#log = log;
    this.#views = new JobViews(buckets.jobs);
    this.#runtime = createJobRuntime({ broker, outbox, letters, jobState: buckets.jobState, views: this.#views, slots: this.#slots, leaseChunksMax, log });
  }

  /** Jobs in memory. */
  get activationCount(): number {
    return this.#runtime.activationCount;
  }

  /** Nest: before the first batch. */
  async onModuleInit(): Promise<void> {
    this.#watching = await this.#slots.watch(this.#bus.buckets.workers);
    this.#passivating = setInterval(() => void this.#passivate(), PASSIVATE_EVERY_MS);
  }

  async take({ partition, messages }: MailboxBatch<JobMessage>): Promise<void> {
    this.#views.hear(this.#bus.broker, partition);
    await this.#runtime.runBatch(partition, messages);
  }

  async release({ partition, why, error }: PartitionRelease): Promise<void> {
    if (why === 'failed') this.#log.warn({ partition, err: error }, 'gave a partition up; its messages come again');
    else this.#log.debug({ partition }, `released a partition: ${why}`);
    if (why === 'closed') {
      await this.#views.writeNow();
      await this.#runtime.releasePartition(partition);
    } else this.#runtime.dropPartition(partition);
    this.#views.leave(partition);
  }

  /** Nest: after the last batch. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#passivating);
    await this.#runtime.drain();
    await this.#watching?.stop();
    const lost = await this.#letters.close();
    if (lost > 0) this.#log.error(`${lost} dead letters are lost: there was no room for them in stream DEAD`);
    await this.#bus.broker.close();
  }

  async #passivate(): Promise<void> {
    try {
      await this.#runtime.passivateIdle(Date.now());
    } catch (error) {
      this.#log.warn({ err: error }, 'idle jobs stay in memory: their state could not be saved');
    }
  }
}
