/**
 * Looks after what NATS holds for us (`Care`), and states what is wrong in each heartbeat, which `/readyz` reads. Where jobs may have been lost with it, those are looked for (`LostJobs`).
 *
 * All coordinators do: the first one mends, and the others find it mended.
 */
import { Care, type CareOptions } from './care.ts';
import { wantedConsumers } from './wanted-consumers.ts';
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';
import type { Logger } from '@manyhands/observe';
import { BUCKETS, STREAMS } from '@manyhands/proto';
import type { Bus } from '../bus.ts';
import { JobEffects } from '../effects/job-effects.ts';
import { ActiveJobs } from '../scheduling/active-jobs.ts';
import { publishResults } from '../effects/results-manifest.ts';
import { LeasePublisher } from '../effects/lease-publisher.ts';
import { PaceMemory } from '../scheduling/pace-memory.ts';
import { JobViews } from '../progress/job-views.ts';
import { LostJobs } from '../retention/lost-jobs.ts';
import type { JobTurns } from '../takeover/job-turns.ts';

const TELL_EVERY_MS = 1_000;
const holdsJobs: readonly string[] = [STREAMS.mailbox.name, `KV_${BUCKETS.jobState.name}`];

export class AssetCare {
  readonly #care: Care;
  readonly #bus: Bus;
  readonly #turns: Pick<JobTurns, 'hasWorkers' | 'mended' | 'held'>;
  readonly #lost: LostJobs;
  #telling: NodeJS.Timeout | undefined;

  constructor(
    bus: Bus,
    turns: Pick<JobTurns, 'hasWorkers' | 'mended' | 'held'>,
    letters: LetterOutbox,
    config: Pick<CareOptions, 'replicas' | 'retentionHours' | 'storageGb'>,
    log: Logger,
  ) {
    this.#bus = bus;
    this.#turns = turns;
    this.#care = new Care({
      broker: bus.broker,
      as: 'coordinator',
      replicas: config.replicas ?? 1,
      retentionHours: config.retentionHours,
      storageGb: config.storageGb,
      consumers: (stream, present) => wantedConsumers(stream, present, (kind) => turns.hasWorkers(kind)),
      madeAnew: (stream) => {
        if (holdsJobs.includes(stream)) this.#lost.mayBe();
      },
      warn: (sentence, err) => log.warn({ ...(err !== undefined && { err }), step: 'care' }, sentence),
    });
    const { broker, outbox, buckets } = bus;
    // Its own views: those of jobs in memory are no other process's to write.
    const effects = new JobEffects({
      leases: new LeasePublisher(broker, outbox),
      views: new JobViews(buckets.jobs),
      outbox,
      letters,
      webhooks: outbox,
      paces: new PaceMemory(),
      active: new ActiveJobs(),
      publishResults: (states) => publishResults(broker, states),
    });
    this.#lost = new LostJobs({ broker, buckets, effects, held: () => turns.held(), log });
  }

  /** Partitions came over, whose owner may have died with what only it knew. */
  assigned(): void {
    this.#lost.mayBe();
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
    await Promise.all([this.#care.stop(), this.#lost.stop()]);
  }
}
