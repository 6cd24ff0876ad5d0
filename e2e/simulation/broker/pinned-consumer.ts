/**
 * A consumer of one mailbox partition: ack policy all, pinned to one client at a time.
 *
 *   free ──a request without a pin meets a message──▶ pinned ──3 s without a request | unpin──▶ free
 *
 * Invariant: an ack covers everything before it; one beyond what was handed out since the last reset is ignored. What is not acknowledged
 * within the ack wait is handed out again; after a reset everything after the ack floor is, counted as a first time.
 */
import { PIN_TIMEOUT_MS } from '@manyhands/broker';
import { OWNER_GROUP } from '@manyhands/proto';
import type { Schedule } from '../schedule.ts';
import type { Connection } from './connection.ts';
import { handOver, PullQueue, type PullRequest } from './pull-queue.ts';
import type { StoredStream } from './stored-stream.ts';

const ACK_WAIT_MS = 30_000;
const WRONG_PIN = 423;

export class PinnedConsumer {
  readonly name: string;
  readonly filter: string;
  ackFloor = 0;
  #handedOutThrough = 0;
  readonly #stream: StoredStream;
  readonly #schedule: Schedule;
  readonly #pulls: PullQueue;
  readonly #counts = new Map<number, number>();
  #again: number[] = [];
  #pin: { id: string; askedAtMs: number } | undefined;
  #pinCount = 0;
  #order = 0;
  #resets = 0;
  readonly #ownerships = new WeakMap<Connection, number>();

  constructor(parts: { name: string; filter: string; stream: StoredStream; schedule: Schedule }) {
    this.name = parts.name;
    this.filter = parts.filter;
    this.#stream = parts.stream;
    this.#schedule = parts.schedule;
    this.#pulls = new PullQueue(parts.schedule);
  }

  /** Messages of the partition that nobody has acknowledged. */
  get unfinished(): boolean {
    return this.isUnfinishedBefore(Infinity);
  }

  isUnfinishedBefore(sequence: number): boolean {
    return (this.#stream.next(this.filter, this.ackFloor + 1)?.sequence ?? Infinity) < sequence;
  }

  /** Whether this connection had the pin last. */
  wasGivenTo(connection: Connection): boolean {
    return this.#pinCount > 0 && this.ownershipOf(connection) === this.#pinCount;
  }

  /** Ownerships are counted: which of them a connection had last; 0: none. */
  ownershipOf(connection: Connection): number {
    return this.#ownerships.get(connection) ?? 0;
  }

  info() {
    const pin = this.#livePin();
    return {
      config: {},
      delivered: { stream_seq: this.#handedOutThrough },
      num_pending: this.#stream.countFrom(this.filter, this.#handedOutThrough + 1),
      num_ack_pending: [...this.#counts.keys()].filter((sequence) => sequence > this.ackFloor).length,
      priority_groups: [{ group: OWNER_GROUP, ...(pin !== undefined && { pinned_client_id: pin.id }) }],
    };
  }

  pull(request: PullRequest): void {
    const pin = this.#livePin();
    if (request.pinId !== undefined) {
      if (request.pinId !== pin?.id) return this.#pulls.end(request, WRONG_PIN);
      pin.askedAtMs = this.#schedule.nowMs;
      this.#watchPin();
    }
    this.#pulls.add(request);
    this.serve();
  }

  serve(): void {
    for (;;) {
      const pin = this.#livePin();
      const request = this.#pulls.first((one) => one.pinId === pin?.id);
      const stored = request && this.#next();
      if (stored === undefined) return;
      if (!this.#pulls.takes(request!, stored)) continue;
      if (this.#again[0] === stored.sequence) this.#again.shift();
      if (pin === undefined) this.#give(request!);
      const pinId = this.#pin!.id;
      const count = (this.#counts.get(stored.sequence) ?? 0) + 1;
      this.#counts.set(stored.sequence, count);
      this.#handedOutThrough = Math.max(this.#handedOutThrough, stored.sequence);
      const where = { stream: this.#stream.name, consumer: this.name, count, order: (this.#order += 1), pinId };
      handOver(request!, stored, where);
      this.#waitForAck(stored.sequence);
    }
  }

  reset(): void {
    this.#resets += 1;
    this.#handedOutThrough = this.ackFloor;
    this.#counts.clear();
    this.#again = [];
    this.serve();
  }

  unpin(): void {
    this.#pin = undefined;
    this.serve();
  }

  settle(sequence: number, answer: string): void {
    if (answer === '+ACK') {
      if (sequence > this.#handedOutThrough || sequence <= this.ackFloor) return;
      this.ackFloor = sequence;
      for (const acked of [...this.#counts.keys()]) if (acked <= sequence) this.#counts.delete(acked);
    } else if (answer === '-NAK' && sequence > this.ackFloor && this.#counts.has(sequence)) {
      this.#again.push(sequence);
      this.serve();
    }
  }

  #waitForAck(sequence: number): void {
    const resets = this.#resets;
    this.#schedule.after(ACK_WAIT_MS, () => {
      if (this.#resets !== resets || sequence <= this.ackFloor) return;
      this.#again.push(sequence);
      this.serve();
    });
  }

  #give(request: PullRequest): void {
    this.#pin = { id: `pin-${(this.#pinCount += 1)}`, askedAtMs: this.#schedule.nowMs };
    request.pinId = this.#pin.id;
    this.#ownerships.set(request.connection, this.#pinCount);
    this.#watchPin();
  }

  /** When the pin runs out, whoever waits is served. */
  #watchPin(): void {
    this.#schedule.after(PIN_TIMEOUT_MS + 1, () => this.serve());
  }

  #livePin() {
    if (this.#pin !== undefined && this.#schedule.nowMs - this.#pin.askedAtMs > PIN_TIMEOUT_MS) this.#pin = undefined;
    return this.#pin;
  }

  /** What is to be handed out next; what comes again first. */
  #next() {
    while (this.#again.length > 0) {
      const stored = this.#stream.get(this.#again[0]!);
      if (stored !== undefined && stored.sequence > this.ackFloor) return stored;
      this.#again.shift();
    }
    return this.#stream.next(this.filter, this.#handedOutThrough + 1);
  }
}
