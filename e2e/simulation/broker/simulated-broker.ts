/**
 * The simulated broker: streams, buckets and consumers in memory, and who is connected.
 *
 *   up ──restart──▶ up: every connection is cut, pins and the message ids of removed messages are forgotten, what is stored stays
 *
 * Invariant: what it answered for is stored. Everyone who watches sees each stored message once, in order.
 */
import { BUCKETS, consumers, mailboxSubjects, STREAMS, workSubjects } from '@manyhands/proto';
import { bucketOfSubject, streamNameOf } from './placement.ts';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Mutant } from '../mutant.ts';
import type { Schedule } from '../schedule.ts';
import type { Connection } from './connection.ts';
import { FastIngests } from './fast-ingests.ts';
import { LaneConsumer } from './lane-consumer.ts';
import { PinnedConsumer } from './pinned-consumer.ts';
import { StoredStream, type Offered, type Stored } from './stored-stream.ts';
import { Troubles } from './troubles.ts';

export const PARTITION = '00';
export const KIND = 'simulated';
export const ACK_WAIT_MS = 10_000;
/** Every job of a simulation has the lane normal. */
export const QUEUES = ['normal-young', 'normal'] as const;

export class SimulatedBroker {
  readonly streams = new Map<string, StoredStream>();
  readonly connections = new Set<Connection>();
  readonly lanes: readonly LaneConsumer[];
  readonly partition: PinnedConsumer;
  readonly ingests = new FastIngests(this);
  /** Until when a stream takes nothing more. */
  readonly fullUntilMs = new Map<string, number>();
  /** Whether this write over an expected sequence is refused for nothing. */
  refuses: () => boolean = () => false;
  /** Whether the replica that is asked is behind. */
  isBehind: () => boolean = () => false;
  /** Told of everything that is stored. */
  stored: (stream: string, message: Stored) => void = () => undefined;
  /** Told of everything that a purge removes, and of the ownership its sender had last. */
  purged: (stream: string, messages: readonly Stored[], by: number) => void = () => undefined;
  /** What fails for single jobs. */
  readonly troubles = new Troubles();
  /** The server's clock, beside the time that passes. */
  clockAheadMs = 0;
  readonly #schedule: Schedule;
  readonly #mutant: Mutant | undefined;

  constructor(schedule: Schedule, mutant: Mutant | undefined) {
    this.#schedule = schedule;
    this.#mutant = mutant;
    for (const { name } of Object.values(STREAMS)) this.streams.set(name, new StoredStream(name, name === STREAMS.timers.name));
    for (const { name } of Object.values(BUCKETS)) this.streams.set(`KV_${name}`, new StoredStream(`KV_${name}`, true));
    this.lanes = QUEUES.map(
      (queue) =>
        new LaneConsumer({
          name: consumers.queue(KIND, queue),
          filter: workSubjects.ofQueue(KIND, queue),
          stream: this.stream(STREAMS.work.name),
          schedule,
          ackWaitMs: ACK_WAIT_MS,
        }),
    );
    this.partition = new PinnedConsumer({
      name: consumers.partition(PARTITION),
      filter: mailboxSubjects.ofPartition(PARTITION),
      stream: this.stream(STREAMS.mailbox.name),
      schedule,
    });
  }

  get nowMs(): number {
    return this.#schedule.nowMs;
  }

  stream(name: string): StoredStream {
    const stream = this.streams.get(name);
    if (stream === undefined) throw new Error(`no stream ${name}`);
    return stream;
  }

  /** Stores one message. Throws `JetStreamApiError` when it is refused. */
  publish(offered: Offered): { seq: number; duplicate: boolean } {
    const stream = this.stream(streamNameOf(offered.subject));
    const message = this.#asTheMutantSees(offered);
    const duplicate = stream.duplicateOf(message.messageId, this.nowMs);
    if (duplicate !== undefined) return { seq: duplicate, duplicate: true };
    this.#checkRoom(stream);
    this.troubles.check({ subject: message.subject, data: message.data });
    if (message.expected !== undefined && this.refuses())
      throw new JetStreamApiError({ code: 400, err_code: 10071, description: 'wrong last sequence' });
    stream.check(message);
    const { sequence } = this.#store(stream, message);
    if (message.dueAtMs !== undefined) this.#setTimer(stream, message.subject, message.dueAtMs);
    return { seq: sequence, duplicate: false };
  }

  /** Stores it again in its mailbox when it is due, unless it was set anew meanwhile. */
  #setTimer(timers: StoredStream, subject: string, atMs: number): void {
    const set = timers.last(subject)!;
    this.#schedule.after(Math.ceil(atMs - this.#schedule.nowMs - this.clockAheadMs), () => {
      if (timers.last(subject) !== set) return;
      timers.remove(set.sequence);
      const [, , , jobId] = subject.split('.');
      this.#store(this.stream(STREAMS.mailbox.name), { subject: mailboxSubjects.timer(jobId!, 'retry'), data: set.data });
    });
  }

  /** Stores all or nothing. Throws `JetStreamApiError` when one is refused. */
  publishBatch(batch: readonly Offered[]): void {
    const messages = batch.map((offered) => this.#asTheMutantSees(offered));
    for (const message of messages) {
      const stream = this.stream(streamNameOf(message.subject));
      this.#checkRoom(stream);
      this.troubles.check({ subject: message.subject, data: message.data });
      stream.check(message);
    }
    for (const message of messages) {
      const stream = this.stream(streamNameOf(message.subject));
      if (stream.duplicateOf(message.messageId, this.nowMs) === undefined) this.#store(stream, message);
    }
  }

  /** Puts something else in the place of what is stored under a subject, as another release might have: unseen by who watches. */
  replace(stream: string, subject: string, data: Uint8Array): boolean {
    if (this.stream(stream).last(subject) === undefined) return false;
    this.stream(stream).store({ subject, data }, this.nowMs, this.clockAheadMs);
    return true;
  }

  purge(stream: string, filter: string, beforeSequence?: number, by = 0): number {
    const unbounded =
      (this.#mutant === 'leases purged without bound' && stream === STREAMS.work.name) ||
      (this.#mutant === 'mailboxes purged without bound' && stream === STREAMS.mailbox.name);
    const gone = this.stream(stream).purge(filter, unbounded ? undefined : beforeSequence);
    this.purged(stream, gone, by);
    return gone.length;
  }

  /** Heard by whoever listens now. */
  say(subject: string, data: Uint8Array): void {
    const everyone = `${subject.slice(0, subject.lastIndexOf('.'))}.*`;
    for (const connection of this.connections) {
      const inbox = connection.subscriptions.has(subject) ? subject : everyone;
      if (connection.subscriptions.has(inbox)) connection.deliver(inbox, { subject, data });
    }
  }

  async restart(): Promise<void> {
    this.partition.unpin();
    this.ingests.forget();
    for (const stream of this.streams.values()) stream.forgetMessageIds();
    for (const connection of this.connections) await connection.cut();
  }

  #checkRoom({ name }: StoredStream): void {
    if (this.nowMs < (this.fullUntilMs.get(name) ?? 0))
      throw new JetStreamApiError({ code: 503, err_code: 10077, description: 'maximum bytes exceeded' });
  }

  #store(stream: StoredStream, message: Offered): Stored {
    const stored = stream.store(message, this.nowMs, this.clockAheadMs);
    this.stored(stream.name, stored);
    if (stream.name === STREAMS.work.name) for (const lane of this.lanes) lane.serve();
    if (stream.name === STREAMS.mailbox.name) this.partition.serve();
    return stored;
  }

  /** A broker that does not check what it should. */
  #asTheMutantSees(offered: Offered): Offered {
    const bucket = bucketOfSubject(offered.subject);
    const unchecked =
      (this.#mutant === 'snapshots without revision' && bucket === BUCKETS.jobState.name) ||
      (this.#mutant === 'views without revision' && bucket === BUCKETS.jobs.name) ||
      (this.#mutant === 'events without expected sequence' && offered.subject.startsWith('event.')) ||
      (this.#mutant === 'results without expected sequence' && offered.subject.includes('.result.'));
    if (this.#mutant === 'message ids ignored') {
      const { messageId: _ignored, ...rest } = offered;
      return rest;
    }
    if (!unchecked) return offered;
    const { expected: _, messageId: _id, ...rest } = offered;
    return rest;
  }
}
