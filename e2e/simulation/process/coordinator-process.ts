/**
 * A coordinator as `services/coordinator` wires it, without Nest: the real partition consumer, actor runtime, behaviour, effects, views, snapshot store
 * and recall. Only the journal is read in one request here, where the real one may pass through a consumer of its own.
 *
 * Every coordinator wants the partition, as happens while they disagree on who is alive; whoever has the pin owns it.
 */
import { createOutbox, openBucket, PIN_TIMEOUT_MS } from '@manyhands/broker';
import type { Bucket } from '@manyhands/nats';
import {
  openPartitionConsumer,
  type MailboxBatch,
  type PartitionConsumer,
} from '../../../services/coordinator/src/mailbox/partition-consumer.ts';
import type { JobMessage } from '../../../services/coordinator/src/mailbox/mailbox-message.ts';
import { RepeatedSubmits } from '../../../services/coordinator/src/mailbox/repeated-submits.ts';
import { createLogger } from '@manyhands/observe';
import { limits, mailboxSubjects, STREAMS } from '@manyhands/proto';
import { JobTidy } from '../../../services/coordinator/src/retention/job-tidy.ts';
import { ALONE } from '../../../services/coordinator/src/scheduling/share.ts';
import { createLeaseRecall } from '../../../services/coordinator/src/takeover/lease-recall.ts';
import { LiveSlots } from '../../../services/coordinator/src/scheduling/live-slots.ts';
import { JobCounts } from '../../../services/coordinator/src/takeover/job-counts.ts';
import { createJobRuntime, type JobRuntime } from '../../../services/coordinator/src/takeover/job-runtime.ts';
import { JobWatch } from '../../../services/coordinator/src/takeover/job-watch.ts';
import { PartitionStandings } from '../../../services/coordinator/src/takeover/partition-standings.ts';
import { JobViews } from '../../../services/coordinator/src/progress/job-views.ts';
import { PARTITION } from '../broker/simulated-broker.ts';
import type { Mutant } from '../mutant.ts';
import type { Scenario } from '../scenario.ts';
import { behaviourOf, type JobBehaviour } from './mutant-behaviour.ts';
import { CountedRepeats, decoderOf, readableOnly, RememberedEnds, snapshotsOf } from './mutant-ports.ts';
import { journalFirst, wholeJournal, wholeJournalFirst, type JobPast } from './journal-order.ts';
import { journalOf } from './simulated-journal.ts';
import { SimulatedProcess, type Surroundings } from './simulated-process.ts';

const log = createLogger('simulation', { level: 'silent' });
const RETRY_MS = 100;
const PASSIVATE_EVERY_MS = 2_000;
const WAKE_EVERY_MS = 3_000;
const ASSIGN_EVERY_MS = 1_000;
const IDLE_MS_MAX = 2_500;
/** Frozen between two effects: longer than its pin lasts, so that it wakes beside its successor. */
const FROZEN_MS_MAX = 30_000;

export class CoordinatorProcess extends SimulatedProcess {
  /** How often it froze between two effects. */
  freezes = 0;
  /** Jobs of which the watch found nothing under way, and had them rebuilt. */
  rebuilt = 0;
  readonly #counts = new JobCounts();
  readonly #scenario: Scenario;
  readonly #mutant: Mutant | undefined;
  readonly #surroundings: Surroundings;
  readonly #ended = new RememberedEnds();
  #consumer: PartitionConsumer | undefined;

  constructor(name: string, surroundings: Surroundings, scenario: Scenario, mutant: Mutant | undefined) {
    super(name, surroundings);
    this.#surroundings = surroundings;
    this.#scenario = scenario;
    this.#mutant = mutant;
    const { chances, random, schedule } = surroundings;
    this.connection.carriedOut = () => {
      if (chances.frozen === 0 || !random.chance(chances.frozen)) return;
      const untilMs = schedule.nowMs + PIN_TIMEOUT_MS + random.next() ** 2 * FROZEN_MS_MAX;
      // Or the network does, with what this process has sent.
      if (random.chance(0.5)) this.frozenUntilMs = untilMs;
      else this.connection.up.heldUntilMs = untilMs;
      this.freezes += 1;
    };
  }

  async start(): Promise<void> {
    const { client } = this;
    const outbox = createOutbox(client);
    const jobs = await openBucket(client, 'jobs');
    const views = new JobViews(jobs);
    const lost = new Set<string>();
    const repeats = this.#mutant === 'repeats count' ? new CountedRepeats(client, jobs) : new RepeatedSubmits(client, jobs);
    const runtime = this.#runtime({ views, jobs, jobState: await openBucket(client, 'jobState'), lost, repeats });
    const rebuild = runtime.rebuild.bind(runtime);
    runtime.rebuild = async (partition, jobId) => {
      const isRebuilt = await rebuild(partition, jobId);
      if (isRebuilt) this.rebuilt += 1;
      return isRebuilt;
    };
    const standings = new PartitionStandings(client, log, () => undefined);
    standings.start();
    setInterval(() => standings.assigned(this.#isAssigned ? [PARTITION] : []), ASSIGN_EVERY_MS);
    const quietPartitions = (): readonly string[] => standings.quiet;
    if (this.#mutant !== 'no watch')
      new JobWatch({ broker: client, outbox, jobs, runtime, quietPartitions, lost, counts: this.#counts, log }).start();
    setInterval(() => void runtime.passivateIdle(Date.now()).catch(() => undefined), PASSIVATE_EVERY_MS);
    // Slots come and go.
    setInterval(() => void runtime.wake((job) => job !== null), WAKE_EVERY_MS);
    const handle = async (batch: MailboxBatch<JobMessage>): Promise<void> => {
      views.hear(client, PARTITION);
      const { messages, isOurs } = this.#asTheMutantSees(batch);
      const done = runtime.runBatch(batch.partition, await repeats.without(messages), isOurs);
      if (this.#mutant === 'ack before effects') done.catch(() => undefined);
      else await done;
      if (this.#mutant === 'batches fail as a whole' && runtime.parked().length > 0) throw new Error('a job of the batch failed');
    };
    for (;;) {
      this.#consumer = openPartitionConsumer(client, {
        partition: PARTITION,
        decode: decoderOf(this.#mutant),
        outbox,
        handle,
        settledThrough: (partition) => runtime.settledThrough(partition),
        batchMax: 8,
        async released({ why }) {
          if (why === 'closed') {
            await views.writeNow();
            await runtime.releasePartition(PARTITION);
          } else runtime.dropPartition(PARTITION);
          views.leave(PARTITION);
        },
      });
      const { why } = await this.#consumer.closed;
      if (why === 'failed') await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }

  /** Gives the partition to whoever waits for it, in good order, and waits for it again. */
  handOver(): void {
    void this.#consumer?.close();
  }

  /** As if the members agreed, soon: on whoever had the pin last, or on the first of them when it is dead. */
  get #isAssigned(): boolean {
    const { connections, partition } = this.#surroundings.broker;
    const members = [...connections].filter(({ life }) => life instanceof CoordinatorProcess);
    return (members.find((one) => partition.wasGivenTo(one)) ?? members[0]) === this.connection;
  }

  #runtime(parts: { views: JobViews; jobs: Bucket; jobState: Bucket; lost: Set<string>; repeats: RepeatedSubmits }): JobRuntime {
    const { client } = this;
    const { jobState, lost } = parts;
    const { random, schedule } = this.#surroundings;
    const { snapshotTurns, workers, slots } = this.#scenario;
    const snapshots = snapshotsOf(this.#mutant, client, jobState);
    return createJobRuntime({
      broker: client,
      outbox: createOutbox(client),
      letters: createOutbox(client),
      webhooks: createOutbox(client),
      ...parts,
      slots: new LiveSlots(),
      leaseChunksMax: limits.chunkCountMax,
      log,
      counts: this.#counts,
      tidy: new JobTidy(client, log, { afterMs: this.#scenario.tidyAfterMs }),
      instead: {
        behaviour: this.#remembering(behaviourOf(this.#mutant)),
        ...(snapshots !== undefined && { snapshots }),
        ...(this.#mutant === 'every failure passes' && { isPassing: () => true }),
        ...(this.#mutant === 'no end without a view' && { salvage: readableOnly(client, parts.jobs) }),
        ...this.#past(lost),
        surroundings: () => ({
          slotsOf: () => (random.chance(0.9) ? workers * slots : random.whole(0, 9)),
          shareOf: () => ({ ...ALONE, part: random.one([1, 0.5, 0.1]), smallestPart: 0.1, jobsOfTenant: random.whole(1, 12) }),
          paceOf: () => (random.chance(0.3) ? { size: random.whole(1, 20), msPerChunk: 1 } : undefined),
        }),
        nowMs: () => Math.floor(schedule.nowMs),
        limits: {
          snapshot: { turnsMax: snapshotTurns, bytesMax: 1e9, dirtyMsMax: 2_000 },
          passivation: { idleMsMax: IDLE_MS_MAX, activationsMax: 2 },
        },
      },
    });
  }

  #asTheMutantSees({ messages, isOurs }: MailboxBatch<JobMessage>): Pick<MailboxBatch<JobMessage>, 'messages' | 'isOurs'> {
    return {
      messages: this.#mutant === 'finished jobs outlive their partition' ? this.#ended.passedOver(messages) : messages,
      isOurs:
        this.#mutant === 'ownership is not asked for' || this.#mutant === 'leases purged without bound' ? () => true : isOurs,
    };
  }

  #remembering(behaviour: JobBehaviour): JobBehaviour {
    return {
      ...behaviour,
      decide: (job, mail, surroundings) => {
        const turn = behaviour.decide(job, mail, surroundings);
        if (turn.finished === true) this.#ended.add(mail.actorId);
        return turn;
      },
    };
  }

  #past(lost: Set<string>): JobPast {
    const { broker } = this.#surroundings;
    const past: JobPast = { journal: journalOf(broker, this.connection), recall: createLeaseRecall(this.client, lost) };
    switch (this.#mutant) {
      case 'journal before work':
        return journalFirst(past);
      case 'whole journal':
        return wholeJournal(past);
      case 'whole journal before work':
        return wholeJournalFirst(past, (jobId) => broker.stream(STREAMS.mailbox.name).lastMatching(mailboxSubjects.ofJob(jobId)));
      default:
        return past;
    }
  }
}
