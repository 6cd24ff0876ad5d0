/**
 * Hands the messages of one mailbox partition to its owner, batch by batch, and acknowledges what was handled.
 *
 *   standby ──first message: the pin is ours──▶ taking ──reset to the ack floor──▶ owning
 *   any ──close──▶ closed        owning ──handler failed──▶ closed (failed)        owning ──pin gone──▶ closed (pin_lost)
 *
 * Invariant:
 * - Batches rise in sequence without gaps, starting right after the last acknowledged message. An ack covers everything before it, and
 *   the server hands a new owner fresh messages while those of a dead one still wait for their ack wait; so every taking
 *   begins with a reset, and what was sent before the reset is never looked at.
 * - Nothing is acknowledged that was not handled, nor when the pin may have run out: the local deadline never outlives the server's.
 *   That keeps two owners from acknowledging the same messages; what fences their effects is the snapshot's revision.
 * - `redelivered` is true for everything that may have been delivered before.
 *
 * nats-server 2.15: partition-consumer.int.spec.ts.
 */
import type { MailboxMessage } from '@manyhands/actor';
import { consumers, STREAMS } from '@manyhands/proto';
import { type Broker, isPassing, type Delivery } from '@manyhands/nats';
import type { LetterOutbox } from './patient-outbox.ts';
import { setAsideUndecodable } from './dead-letters.ts';
import { LargePulls } from './large-pulls.ts';
import { LateAcks } from './late-acks.ts';
import { gatherMs, readBatch } from './mailbox-batch.ts';
import type { MailboxDecoder } from './mailbox-message.ts';
import { loadProgress, resetToAckFloor, unpin } from './partition-pin.ts';
import { openPull, MESSAGE_BYTES_MAX, type Pull, type PullOptions } from './pull.ts';

export interface MailboxBatch<Message> {
  partition: string;
  /** Never empty; sequences rise. */
  messages: readonly MailboxMessage<Message>[];
  /** Whether the partition is ours still: false as soon as another client may have got the pin. */
  isOurs(): boolean;
}

/** Why a partition is no longer consumed. */
export interface PartitionRelease {
  partition: string;
  /** `closed`: in good order, everything handled is acknowledged. `failed`: the handler threw. `pin_lost`: another may own it. */
  why: 'closed' | 'failed' | 'pin_lost';
  error?: unknown;
  /** Batches handled before; acknowledged, unless the pin was lost. */
  batches: number;
}

export interface PartitionConsumerOptions<Message> {
  partition: string;
  decode: MailboxDecoder<Message>;
  /** For messages that cannot be decoded. */
  outbox: LetterOutbox;
  /** When it resolves the batch is acknowledged, soon (`LateAcks`) and as far as `settledThrough` states; when it throws the partition is released. */
  handle(batch: MailboxBatch<Message>): Promise<void>;
  /** Handled messages of a partition are settled up to this sequence; undefined: that is not known any more, so it is released and taken again. Absent: all are. */
  settledThrough?(partition: string): number | undefined;
  /** Called once, after the last batch and before the pin is handed back: save or drop what is in memory. */
  released?(release: PartitionRelease): Promise<void> | void;
  /** Called for a message that cannot be read and of which no dead letter could be stored either. */
  unsaid?(subject: string, reason: string, error: unknown): void;
  /** Most messages in one batch. */
  batchMax?: number;
  /** Shared by all partitions that are consumed over one connection. */
  large?: LargePulls;
}

export interface PartitionConsumer {
  readonly partition: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly closed: Promise<PartitionRelease>;
  /** Finishes the batch in hand, then hands the partition back. */
  close(): Promise<void>;
}

const batchMaxDefault = 500;
/** Bytes that wait here for the batch in hand; one request more may be on its way. */
const queueBytesMax = MESSAGE_BYTES_MAX;

export function openPartitionConsumer<Message>(broker: Broker, options: PartitionConsumerOptions<Message>): PartitionConsumer {
  return new PinnedPartition(broker, options);
}

class PinnedPartition<Message> implements PartitionConsumer {
  readonly partition: string;
  readonly closed: Promise<PartitionRelease>;
  readonly #broker: Broker;
  readonly #options: PartitionConsumerOptions<Message>;
  readonly #batchMax: number;
  readonly #large: LargePulls;
  readonly #resolveClosed: (release: PartitionRelease) => void;
  #phase: 'standby' | 'taking' | 'owning' | 'closed' = 'standby';
  #pull: Pull;
  #woken = false;
  #pinGone = false;
  #queue: Delivery[] = [];
  #queueBytes = 0;
  #working: Promise<void> | undefined;
  #batches = 0;
  readonly #acks = new LateAcks(() => this.#settledThrough());
  /** Sequences up to here may have been handed to an owner before this one. */
  #knownThrough = 0;
  #receivedThrough = 0;
  /** The first message received that will not be handled here any more. */
  #leftOver: Delivery | undefined;
  #handledThrough = 0;

  constructor(broker: Broker, options: PartitionConsumerOptions<Message>) {
    this.partition = options.partition;
    this.#broker = broker;
    this.#options = options;
    this.#batchMax = options.batchMax ?? batchMaxDefault;
    this.#large = options.large ?? new LargePulls();
    const { promise, resolve } = Promise.withResolvers<PartitionRelease>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#pull = this.#ask({
      batch: 1,
      room: () => 1,
      message: (first) => void this.#take(first),
      refused: () => {},
      asked: () => void this.#wakePending(),
    });
  }

  async close(): Promise<void> {
    this.#end('closed');
    await this.closed;
  }

  #ask(how: Omit<PullOptions, 'stream' | 'consumer' | 'large'>): Pull {
    return openPull(this.#broker, {
      stream: STREAMS.mailbox.name,
      consumer: consumers.partition(this.partition),
      large: this.#large,
      ...how,
    });
  }

  /**
   * What a dead owner left unacknowledged would only come back after its ack wait, and without a message no coordinator gets the pin: so while
   * none has it, the consumer is sent back to its ack floor.
   */
  async #wakePending(): Promise<void> {
    if (this.#woken || this.#phase !== 'standby') return;
    try {
      const progress = await loadProgress(this.#broker, this.partition);
      this.#broker.troubles.succeeded(this.#waitingFor);
      if (progress.pinned || this.#phase !== 'standby') return;
      this.#woken = true;
      if (progress.unacknowledged === 0) return;
      this.#knownThrough = Math.max(this.#knownThrough, progress.deliveredThrough);
      await resetToAckFloor(this.#broker, this.partition);
    } catch (error) {
      // The next time.
      this.#woken = false;
      this.#broker.troubles.failed(this.#waitingFor, error);
    }
  }

  get #waitingFor(): string {
    return `waiting for partition ${this.partition}`;
  }

  async #take(first: Delivery): Promise<void> {
    if (this.#phase !== 'standby') return;
    this.#phase = 'taking';
    this.#leftOver = first;
    this.#pull.stop();
    try {
      const progress = await loadProgress(this.#broker, this.partition);
      const known = first.redelivered ? progress.deliveredThrough : first.sequence - 1;
      this.#knownThrough = Math.max(this.#knownThrough, known, progress.handedOutThrough);
      await resetToAckFloor(this.#broker, this.partition);
    } catch (error) {
      return this.#end('failed', error);
    }
    if (this.#hasEnded()) return;
    this.#phase = 'owning';
    this.#leftOver = undefined;
    this.#pull = this.#ask({
      batch: this.#batchMax,
      pinId: first.pinId,
      room: () => (this.#phase === 'owning' && this.#queueBytes < queueBytesMax ? 2 * this.#batchMax - this.#queue.length : 0),
      message: (delivery) => this.#received(delivery, delivery.pinId === first.pinId),
      refused: () => this.#losePin(),
    });
  }

  #received(delivery: Delivery, underOurPin: boolean): void {
    if (!underOurPin) return this.#losePin();
    if (delivery.sequence <= this.#receivedThrough) {
      // Its ack got lost or came too late; what is still in hand is acknowledged with its batch, and what waits to be settled when it is.
      if (delivery.sequence <= Math.min(this.#handledThrough, this.#settledThrough())) delivery.ack();
      return;
    }
    this.#receivedThrough = delivery.sequence;
    if (this.#phase !== 'owning') return void (this.#leftOver ??= delivery);
    this.#queue.push(delivery);
    this.#queueBytes += delivery.data.length;
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  async #work(): Promise<void> {
    // One turn of the microtask queue: the rest of what came in the same read of the socket joins the batch.
    await Promise.resolve();
    while (this.#phase === 'owning' && this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#batchMax);
      this.#queueBytes = this.#queue.reduce((bytes, { data }) => bytes + data.length, 0);
      this.#pull.refill();
      try {
        await this.#handle(batch);
        if (!this.#pull.pinHeld) return this.#losePin();
        this.#acks.handled(batch.at(-1)!, batch.length);
      } catch (error) {
        this.#leftOver = batch[0];
        return this.#end(this.#pinGone ? 'pin_lost' : 'failed', error);
      }
      this.#handledThrough = batch.at(-1)?.sequence ?? this.#handledThrough;
      this.#batches += 1;
      const ms = gatherMs(batch.length, this.#queue.length);
      if (ms > 0) await new Promise((resume) => setTimeout(resume, ms));
    }
  }

  async #handle(batch: readonly Delivery[]): Promise<void> {
    const { messages, unreadable } = await readBatch(batch, this.#knownThrough, this.#options.decode);
    await Promise.all(unreadable.map(({ delivery, reason }) => this.#setAside(delivery, reason)));
    if (messages.length > 0)
      await this.#options.handle({ partition: this.partition, messages, isOurs: () => this.#pull.pinHeld });
  }

  /** The message stays readable in MAILBOX, so a letter that cannot be stored now is no reason to are stuck. */
  async #setAside(delivery: Delivery, reason: string): Promise<void> {
    try {
      await setAsideUndecodable(this.#options.outbox, delivery, reason);
    } catch (error) {
      if (isPassing(error)) throw error;
      this.#options.unsaid?.(delivery.subject, reason, error);
    }
  }

  #settledThrough(): number {
    if (!this.#pull.pinHeld) return 0;
    const { settledThrough } = this.#options;
    const through = settledThrough === undefined ? Infinity : settledThrough(this.partition);
    if (through === undefined) this.#end('failed', new Error('what was handled of it is not in memory any more'));
    return through ?? 0;
  }

  #losePin(): void {
    this.#pinGone = true;
    this.#end('pin_lost');
  }

  /** A method, because the phase changes while something is awaited. */
  #hasEnded(): boolean {
    return this.#phase === 'closed';
  }

  #end(why: PartitionRelease['why'], error?: unknown): void {
    if (this.#phase === 'closed') return;
    const pinned = this.#phase !== 'standby';
    this.#phase = 'closed';
    this.#leftOver ??= this.#queue[0];
    this.#queue = [];
    this.#queueBytes = 0;
    void this.#handBack(pinned, why, error);
  }

  /** The pull goes on until memory is released, because it keeps the pin. */
  async #handBack(pinned: boolean, why: PartitionRelease['why'], error: unknown): Promise<void> {
    await this.#working;
    this.#acks.flush();
    this.#acks.stop();
    const release: PartitionRelease = {
      partition: this.partition,
      why: this.#pinGone ? 'pin_lost' : why,
      batches: this.#batches,
      ...(error !== undefined && { error }),
    };
    try {
      await this.#options.released?.(release);
      if (pinned && this.#pull.pinHeld) {
        this.#pull.stop();
        await unpin(this.#broker, this.partition);
        // One is enough to give the next owner the pin, and keeps its count of hand-overs; taking resets the rest.
        this.#leftOver?.nak();
      }
    } catch {
      // The next owner waits for the pin to run out, and resets by itself.
    } finally {
      this.#pull.stop();
      this.#resolveClosed(release);
    }
  }
}
