/**
 * The jobs of the partitions this coordinator owns, from the first batch of a partition to its release.
 *
 *   foreign ──first batch──▶ owned ──release: closed──▶ foreign (what is unsaved is saved)
 *                                  └─release: failed, pin lost──▶ foreign (what is in memory is dropped)
 *
 * Invariant: after a release nothing of the partition is in memory here, so an owner that comes back starts from snapshot and mailbox.
 */
import type { MailboxBatch, PartitionRelease } from '../mailbox/partition-consumer.ts';
import { PatientOutbox } from '../mailbox/patient-outbox.ts';
import { RepeatedSubmits } from '../mailbox/repeated-submits.ts';
import type { Logger } from '@manyhands/observe';
import { isFinal, partitionOf } from '@manyhands/proto';
import type { Bus } from '../bus.ts';
import { JobTidy } from '../retention/job-tidy.ts';
import type { Held } from '../retention/lost-jobs.ts';
import type { JobMessage } from '../job/job.actor.ts';
import { LiveSlots } from '../scheduling/live-slots.ts';
import { AnsweredRecord } from '../effects/answered-record.ts';
import type { JobTrace } from '../effects/job-trace.ts';
import { JobViews } from '../progress/job-views.ts';
import { JobCounts } from './job-counts.ts';
import { createJobRuntime, type JobRuntime } from './job-runtime.ts';
import { JobWatch } from './job-watch.ts';
import { PartitionStandings } from './partition-standings.ts';

const PASSIVATE_EVERY_MS = 5_000;
/** Workers come and go in groups; jobs look around once for all of them. */
const WAKE_AFTER_MS = 100;
const TIDY_AT_END_MS = 2_000;

export class JobTurns {
  readonly #bus: Bus;
  readonly #letters: PatientOutbox;
  readonly #webhooks: PatientOutbox;
  readonly #log: Logger;
  readonly #views: JobViews;
  readonly #repeats: RepeatedSubmits;
  readonly #slots = new LiveSlots();
  readonly #counts = new JobCounts();
  readonly #runtime: JobRuntime;
  readonly #tidy: JobTidy;
  readonly #standings: PartitionStandings;
  readonly #trace: JobTrace | undefined;
  readonly #answered: AnsweredRecord;
  /** Looks after jobs for which nothing is under way. */
  readonly watch: JobWatch;
  readonly #wakeKinds = new Set<string>();
  #waking: NodeJS.Timeout | undefined;
  #watching: { stop(): Promise<void> } | undefined;
  #passivating: NodeJS.Timeout | undefined;

  constructor(bus: Bus, letters: PatientOutbox, leaseChunksMax: number, log: Logger, trace?: JobTrace) {
    const { broker, outbox, buckets } = bus;
    this.#bus = bus;
    this.#letters = letters;
    this.#webhooks = new PatientOutbox(outbox, {
      full: (waiting, leftOut) =>
        log.error(
          `${leftOut > 0 ? `${leftOut} webhooks are lost` : 'webhooks wait'}: stream MAILBOX is full, ${waiting} wait for room`,
        ),
      relieved: () => log.info('stream MAILBOX has room again: the webhooks that waited are stored'),
    });
    this.#trace = trace;
    this.#log = log;
    this.#views = new JobViews(buckets.jobs);
    this.#repeats = new RepeatedSubmits(broker, buckets.jobs);
    this.#tidy = new JobTidy(broker, log);
    this.#standings = new PartitionStandings(broker, log, (stuck) => (bus.said.stuck = stuck));
    this.#answered = new AnsweredRecord(broker, outbox, log);
    const lost = new Set<string>();
    this.#runtime = createJobRuntime({
      broker,
      outbox,
      letters,
      webhooks: this.#webhooks,
      jobs: buckets.jobs,
      jobState: buckets.jobState,
      views: this.#views,
      slots: this.#slots,
      leaseChunksMax,
      log,
      counts: this.#counts,
      tidy: this.#tidy,
      lost,
      repeats: this.#repeats,
      trace,
      answered: this.#answered,
    });
    this.watch = new JobWatch({
      broker,
      outbox,
      jobs: buckets.jobs,
      runtime: this.#runtime,
      quietPartitions: () => this.#standings.quiet,
      lost,
      counts: this.#counts,
      log,
    });
    this.#slots.changed = (kinds) => this.#wakeSoon(kinds);
  }

  /** Jobs in memory. */
  get activationCount(): number {
    return this.#runtime.activationCount;
  }

  /** What should not happen often, by name. */
  get counts(): Record<string, number> {
    return this.#counts.asRecord();
  }

  /** Whether live workers compute this kind. */
  hasWorkers(kind: string): boolean {
    return this.#slots.slotsOf(kind) > 0;
  }

  /** Partitions that are ours and in which nothing waits, and which jobs are in memory or have ended here. */
  held(): Held {
    const known = [...this.#runtime.states()].filter(({ state }) => state !== null).map(({ actorId }) => actorId);
    const present = new Set([...known, ...this.#runtime.parked().map(({ actorId }) => actorId)]);
    return {
      quiet: new Set(this.#standings.quiet),
      isKnown: (jobId) => present.has(jobId) || this.#runtime.hasFinished(partitionOf(jobId), jobId),
    };
  }

  /** So many streams and consumers were found missing or changed, and mended, since the start. */
  mended(count: number): void {
    this.#counts.assetsMended = count;
  }

  /** These partitions are this coordinator's share now. */
  assigned(partitions: readonly string[]): void {
    this.#standings.assigned(partitions);
  }

  /** Messages of the partition that were handled are settled up to this sequence; undefined when that is not known any more. */
  settledThrough(partition: string): number | undefined {
    return this.#runtime.settledThrough(partition);
  }

  /** Nest: before the first batch. */
  async onModuleInit(): Promise<void> {
    this.#watching = await this.#slots.watch(this.#bus.buckets.workers);
    this.#passivating = setInterval(() => void this.#passivate(), PASSIVATE_EVERY_MS);
    this.#standings.start();
    this.watch.start();
  }

  async take({ partition, messages, isOurs }: MailboxBatch<JobMessage>): Promise<void> {
    this.#views.hear(this.#bus.broker, partition);
    await this.#standings.during(partition, async () =>
      this.#runtime.runBatch(partition, await this.#repeats.without(messages), isOurs),
    );
  }

  async release({ partition, why, error }: PartitionRelease): Promise<void> {
    if (why === 'closed') this.#log.debug({ partition }, 'released a partition');
    else
      this.#log.warn(
        { partition, err: error },
        why === 'failed'
          ? 'released a partition after an error; its messages are delivered again'
          : 'lost the pin of a partition: NATS gave it to another coordinator, or was not reachable',
      );
    if (why === 'failed') this.#standings.failed(partition, error);
    if (why === 'closed') {
      await this.#views.writeNow();
      await this.#runtime.releasePartition(partition);
      await this.#answered.flush();
    } else this.#runtime.dropPartition(partition);
    this.#views.leave(partition);
  }

  /** Nest: after the last batch. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#passivating);
    clearTimeout(this.#waking);
    this.watch.stop();
    this.#standings.stop();
    await this.#runtime.drain();
    await this.#watching?.stop();
    await this.#answered.flush();
    await Promise.all([this.#tidy.close(TIDY_AT_END_MS), this.#trace?.close()]);
    const [letters, webhooks] = await Promise.all([this.#letters.close(), this.#webhooks.close()]);
    if (letters > 0) this.#log.error(`${letters} dead letters are lost: there was no room for them in stream DEAD`);
    if (webhooks > 0) this.#log.error(`${webhooks} webhooks are lost: there was no room for them in stream MAILBOX`);
    await this.#bus.broker.close();
  }

  #wakeSoon(kinds: ReadonlySet<string>): void {
    for (const kind of kinds) this.#wakeKinds.add(kind);
    this.#waking ??= setTimeout(() => void this.#wake(), WAKE_AFTER_MS);
  }

  async #wake(): Promise<void> {
    const kinds = new Set(this.#wakeKinds);
    this.#wakeKinds.clear();
    this.#waking = undefined;
    await this.#runtime.wake((job) => job !== null && kinds.has(job.submit.kind) && !isFinal(job.status));
    for (const kind of kinds) {
      if (this.#slots.slotsOf(kind) > 0)
        await this.watch
          .ring(kind)
          .catch((error: unknown) => this.#log.debug({ err: error }, 'jobs that wait for slots could not be read'));
    }
  }

  async #passivate(): Promise<void> {
    this.#bus.said.counts = this.counts;
    try {
      await this.#runtime.passivateIdle(Date.now());
    } catch (error) {
      this.#log.warn({ err: error }, 'idle jobs stay in memory: their state could not be saved');
    }
  }
}
