/**
 * One lease this worker holds, from its delivery to its settlement.
 *
 *   fetching ──what it names is here──▶ waiting ──slot free──▶ running ──outcome──▶ handing in ──stored──▶ settled (ack)
 *   fetching ──not stored any more, or lines that were joined──▶ handing in
 *   fetching | waiting | running ──drain──▶ handed over (a copy is stored, ack)           waiting ──waited too long──▶ handed over
 *   fetching | waiting | running ──cancelled──▶ settled (ack)             any ──lost, the process having been frozen──▶ left to the broker
 *
 * Invariant: it is kept alive until it is settled, and computed on when the broker is away and cannot confirm that. Its key is job and lease
 * id: the same lease delivered again while it is held is the same work, and only the newest delivery is settled.
 */
import type { Delivery } from '@manyhands/nats';
import type { LogFields } from '@manyhands/observe';
import type { ComputeLease } from '@manyhands/proto';
import { LeaseKeeper } from '../lane/lease-keeper.ts';
import type { GuardedSlot } from '../slot/guarded-slot.ts';
import type { Fetched } from './lease-inputs.ts';
import type { LeaseTrace } from './lease-trace.ts';

/** Why nothing more is done for a lease. One for all of them: an error of its own for each end costs more than all else that is done for a lease. */
const OVER = new Error('the lease is settled');

export interface HeldLeaseEvents {
  /** The broker stopped confirming it. */
  unconfirmed(held: HeldLease): void;
  lost(held: HeldLease): void;
}

export class HeldLease {
  readonly lease: ComputeLease;
  /** What the slot gets; undefined while it is fetched. */
  fetched: (Fetched & { is: 'fetched' }) | undefined;
  /** Since when it waits for a slot. */
  waitsSinceMs = Infinity;
  /** The slot that runs it; undefined while it waits or is stored. */
  slot: GuardedSlot | undefined;
  /** Where it is traced. */
  trace: LeaseTrace | undefined;
  /** When it was given to the slot. */
  startedAtMs = 0;
  /** It was asked to make room. */
  yielding = false;
  /** Chunks last reported as progress, and the share of the one at hand. */
  reported = 0;
  #delivery: Delivery;
  #keeper: LeaseKeeper;
  #stopping = false;
  #renewed = false;
  #isOver = false;
  /** Most leases need none, and it costs more than their messages do. */
  #over: AbortController | undefined;
  readonly #ackWaitMs: number;
  readonly #events: HeldLeaseEvents;

  constructor(lease: ComputeLease, delivery: Delivery, ackWaitMs: number, events: HeldLeaseEvents) {
    this.lease = lease;
    this.#delivery = delivery;
    this.#ackWaitMs = ackWaitMs;
    this.#events = events;
    this.#keeper = this.#keep(delivery);
  }

  get key(): string {
    return keyOf(this.lease);
  }

  /** What a log line of it is about. */
  get about(): LogFields {
    const { job_id: job, lease } = this.lease;
    return { job, lease, ...(this.trace && { trace: this.trace.id }) };
  }

  /** Which delivery this is, not counting those that ended in good order. */
  get deliveryCount(): number {
    return (this.lease.unanswered ?? 0) + this.#delivery.count;
  }

  /** What is stored again when it is handed over. */
  get delivery(): Delivery {
    return this.#delivery;
  }

  /** Where it is stored in WORK. */
  get sequence(): number {
    return this.#delivery.sequence;
  }

  /** False while it is not known whether the broker will deliver it, or has delivered it, again. */
  get isConfirmed(): boolean {
    return this.#keeper.state === 'held';
  }

  /** It is another process's by now. */
  get isLost(): boolean {
    return this.#keeper.state === 'lost';
  }

  /** True when the lease was handed over again after it was ordered to stop: its job was paused and goes on. */
  get isWantedAgain(): boolean {
    return this.#stopping && this.#renewed;
  }

  /** Aborts when it is settled, or is to be: nothing more has to be fetched or stored for it. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#isOver) this.#over.abort(OVER);
    return this.#over.signal;
  }

  /** What it names is here: it may run. */
  ready(fetched: Fetched & { is: 'fetched' }): void {
    this.fetched = fetched;
    this.waitsSinceMs = performance.now();
  }

  /** Nothing more is fetched or stored for it. */
  end(): void {
    this.#isOver = true;
    this.#over?.abort(OVER);
    this.fetched = undefined;
  }

  /** Stops the slot that runs it. */
  stop(): void {
    this.#stopping = true;
    this.#renewed = false;
    this.slot?.cancel();
  }

  /** The broker handed the same lease over again. */
  renewWith(delivery: Delivery): void {
    this.#renewed = true;
    this.#keeper.release();
    this.#delivery = delivery;
    this.#keeper = this.#keep(delivery);
  }

  ack(): void {
    this.#keeper.release();
    this.#delivery.ack();
  }

  nak(delayMs: number): void {
    this.#keeper.release();
    this.#delivery.nak(delayMs);
  }

  /** Releases it without an answer; the broker delivers it again after its ack wait. */
  leave(): void {
    this.#keeper.release();
  }

  #keep(delivery: Delivery): LeaseKeeper {
    return new LeaseKeeper(delivery, {
      ackWaitMs: this.#ackWaitMs,
      unconfirmed: () => this.#events.unconfirmed(this),
      lost: () => this.#events.lost(this),
    });
  }
}

export function keyOf(lease: ComputeLease): string {
  return `${lease.job_id} ${lease.lease}`;
}
