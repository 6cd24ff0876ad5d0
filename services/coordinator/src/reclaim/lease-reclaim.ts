/**
 * Step reclaim: answers for leases that are exhausted, so that none is stuck forever.
 *
 *   in WORK, handed out no more ──notice, or found twice──▶ answered (`LeaseFailed` in the job's mailbox) ──▶ removed from WORK
 *
 * Invariant: a lease is removed only after a result of it is stored, this one or an earlier one; the broker decides, its result subject must
 * be empty. So this may run anywhere, any number of times, and a lease taken for exhausted by mistake is computed again, never counted twice. A
 * notice only states where to look: what it names is reclaimed if it is still stored. A notice that was lost is made good by `sweep`.
 *
 * Reads ADVISORIES and WORK, publishes to MAILBOX, removes from WORK; what cannot be read goes to DEAD.
 */
import { LANE_DELIVERIES_MAX, removeStored, storedAt } from '@manyhands/broker';
import type { Broker, Outbox, StoredMessage } from '@manyhands/nats';
import { readGivenUp } from './given-up.ts';
import { setAsideUndecodable } from '../mailbox/dead-letters.ts';
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';
import type { Logger } from '@manyhands/observe';
import { ComputeLease, decode, ifReadable, encode, mailboxSubjects, type WorkAdvisory } from '@manyhands/proto';
import { lostLease } from './lost-lease.ts';

const SWEEP_EVERY_MS = 15_000;
/**
 * What nats-server 2.15 states of a lease that was purged while a worker had it, as the coordinator itself does with a job that is cancelled or fails. Purged by hand, its job
 * is found by the watch, which sets it going again and states it.
 */
const purgeReasons: readonly string[] = ['Unacknowledged message was deleted', 'Message deleted by stream limits'];

export class LeaseReclaim {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #letters: LetterOutbox;
  readonly #log: Logger;
  #sweeping: NodeJS.Timeout | undefined;
  /** Found by the last sweep: a lease whose ack is on its way is gone by the next. */
  #found: ReadonlySet<number> = new Set();

  constructor(broker: Broker, outbox: Outbox, letters: LetterOutbox, log: Logger) {
    this.#broker = broker;
    this.#outbox = outbox;
    this.#letters = letters;
    this.#log = log;
  }

  /** Nest: at the start too, for leases exhausted while no coordinator ran. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), SWEEP_EVERY_MS);
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  /** What a notice of the server is about. */
  async heed({ type, stream_seq: sequence, deliveries, consumer, reason }: WorkAdvisory): Promise<void> {
    const stored = await storedAt(this.#broker, 'work', sequence);
    if (stored !== undefined) return this.#reclaim(stored, deliveries);
    if (type === 'io.nats.jetstream.advisory.v1.terminated' && !purgeReasons.includes(reason ?? '')) {
      this.#log.warn(
        { step: 'reclaim' },
        `lease ${sequence} of ${consumer} was removed (${reason ?? 'no reason given'}); if its job stops, pause and resume the job`,
      );
    }
  }

  /** Reclaims what this and the last sweep found; returns how many. */
  async sweep(): Promise<number> {
    const givenUp = await readGivenUp(this.#broker);
    const again = givenUp.filter(({ sequence }) => this.#found.has(sequence));
    this.#found = new Set(givenUp.map(({ sequence }) => sequence));
    for (const stored of again) await this.#reclaim(stored, LANE_DELIVERIES_MAX);
    return again.length;
  }

  async #trySweep(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#log.warn({ err: error, step: 'reclaim' }, 'exhausted leases could not be read; the coordinator tries again');
    }
  }

  async #reclaim(stored: StoredMessage, deliveries: number): Promise<void> {
    const lease = readable(stored);
    if (lease === undefined) {
      await setAsideUndecodable(
        this.#letters,
        stored,
        `it cannot be read as a lease, and ${deliveries} deliveries had no answer`,
      );
      this.#log.error({ step: 'reclaim' }, `a message on ${stored.subject} that is not a lease was stored as a dead letter`);
    } else {
      const [outcome] = await this.#outbox.publishAll([
        {
          subject: mailboxSubjects.result(lease.job_id, lease.lease),
          data: encode(lostLease(lease, deliveries)),
          expectLastSubjectSequence: 0,
        },
      ]);
      if (outcome === 'stored')
        this.#log.warn(
          { job: lease.job_id, lease: lease.lease, step: 'reclaim' },
          `reclaimed a lease that no worker answered in ${deliveries} deliveries`,
        );
    }
    await removeStored(this.#broker, 'work', stored.sequence);
  }
}

function readable({ data }: StoredMessage): ComputeLease | undefined {
  return ifReadable(() => decode(ComputeLease, data));
}
