/**
 * Takes deliveries in, gives them to free slots, and settles them by what became of them.
 *
 * Publishes results (through `ResultDesk`); settles deliveries. It never asks for leases: `room` states how many more would fit.
 *
 * Invariant: a lease runs in one slot at a time; every delivery taken in is settled once, or left to the broker when it was lost or its
 * result could not be stored. What this worker gives to others in good order is handed over (`HandOver`), so that it counts against no chunk.
 */
import type { Delivery } from '@manyhands/nats';
import { type CancelLeases, ComputeLease, decode, roundOf } from '@manyhands/proto';
import type { Logger } from '@manyhands/observe';
import type { GuardedSlot } from '../slot/guarded-slot.ts';
import type { SlotOutcome } from '../slot/slot.ts';
import type { HandOver } from './hand-over.ts';
import { HeldLease, keyOf } from './held-lease.ts';
import { answerOf, taskOf } from './lease-answer.ts';
import { canMakeRoom, makingRoom, owedAfter, type RunningLease } from './making-room.ts';
import { nextMean, prefetchCount, resultHoldMs, roomFor } from './prefetch.ts';
import { isHandedBack, isLost, isSuspect } from './redelivery.ts';
import type { ResultDesk } from './result-desk.ts';
import { failedMessage, lostError, refusedError, type Runner } from './result-message.ts';
import { timeLimitsMs } from './time-limits.ts';
import { UnwantedLeases } from './unwanted-leases.ts';
import type { WorkCounts } from './work-counts.ts';

export interface LeaseDeskOptions {
  workerId: string;
  slots: readonly GuardedSlot[];
  results: ResultDesk;
  handOver: HandOver;
  counts: WorkCounts;
  ackWaitMs: number;
  log: Logger;
  /** Called when there may be more room, or the set of running leases changed. */
  changed: () => void;
}

/** Workers of another release may be able to read what this one cannot; if none can, the lease is exhausted and a coordinator reclaims it. */
const UNREADABLE_AGAIN_MS = 1_000;

export class LeaseDesk {
  readonly #options: LeaseDeskOptions;
  readonly #held = new Map<string, HeldLease>();
  /** Handed over again they need no more than another ack. */
  readonly #unwanted = new UnwantedLeases();
  #backlog: HeldLease[] = [];
  /** What each slot owes to the leases of grown jobs. */
  readonly #owedMs = new Map<GuardedSlot, number>();
  #leaseMs: number | undefined;
  #draining = false;
  /** Slots take nothing new, because too many results wait. */
  #stalled = false;
  #emptied: (() => void) | undefined;

  constructor(options: LeaseDeskOptions) {
    this.#options = options;
  }

  /** How many more leases to ask for; negative when more came than fit. */
  get room(): number {
    if (this.#draining || this.#options.results.isFull) return 0;
    const { slots } = this.#options;
    const idle = slots.filter((slot) => slot.state === 'idle').length;
    return roomFor(idle, prefetchCount(slots.length, this.#leaseMs), this.#backlog.length);
  }

  /** For how many more leases of young jobs those that run would make room. */
  get yieldable(): number {
    return this.#draining ? 0 : Math.max(0, this.#inSlots().filter(canMakeRoom).length - this.#backlog.length);
  }

  /** The leases in slots right now. */
  running(): HeldLease[] {
    return [...this.#held.values()].filter((held) => held.slot);
  }

  take(delivery: Delivery): void {
    const lease = this.#read(delivery);
    if (!lease) return;
    const present = this.#held.get(keyOf(lease));
    if (present) return present.renewWith(delivery);
    if (this.#unwanted.has(lease)) return delivery.ack();
    const held = new HeldLease(lease, delivery, this.#options.ackWaitMs, {
      unconfirmed: (left) => this.#sayUnconfirmed(left),
      lost: (lost) => this.#lose(lost),
    });
    if (this.#draining) return this.#handOver(held);
    this.#held.set(held.key, held);
    const runner = this.#runner(held, 0);
    if (isLost(held.deliveryCount))
      return void this.#handIn(held, runner, failedMessage(lease, runner, lostError(held.deliveryCount)));
    this.#backlog.push(held);
    this.start();
    if (lease.young) this.#makeRoom();
  }

  /** Gives waiting leases to idle slots, those of young jobs first; none while too many results wait for the server. */
  start(): void {
    const { slots, results } = this.#options;
    for (const slot of slots) {
      if (this.#backlog.length === 0 || results.isFull) return;
      if (slot.state === 'idle') void this.#run(this.#next(), slot);
    }
  }

  /** Stops computing a job; unless that is only for now, whatever of it still arrives is not computed either. */
  cancel(order: Pick<CancelLeases, 'job_id' | 'round' | 'for_now' | 'lease' | 'through'>): void {
    const { job_id: jobId, round = 0, lease, through = Infinity } = order;
    this.#unwanted.cancel(order);
    for (const held of [...this.#held.values()]) {
      if (
        held.lease.job_id !== jobId ||
        held.sequence > through ||
        (lease === undefined ? roundOf(held.lease.task.attempt) > round : held.lease.lease !== lease)
      )
        continue;
      if (held.slot) held.stop();
      else if (this.#unqueue(held)) this.#settle(held, (settled) => settled.ack());
    }
  }

  /** Gives leases that have waited long for a slot to another process; the broker does so by itself with those it does not confirm. */
  handBackStale(nowMs: number): void {
    for (const held of this.#backlog.filter((waiting) =>
      isHandedBack(nowMs - waiting.receivedAtMs, waiting.lease.unanswered !== undefined),
    )) {
      this.#unqueue(held);
      if (held.isConfirmed) this.#handOver(held);
      else this.#settle(held, (settled) => settled.leave());
    }
  }

  /** Takes nothing more, hands over what has not begun, and lets what runs end at the border of a chunk. Resolves when all of it is settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const held of this.#backlog.splice(0)) this.#handOver(held);
    for (const running of this.#inSlots().filter(canMakeRoom)) this.#yield(running, 0);
    if (this.#held.size > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
    await this.#options.handOver.settled();
  }

  /** Hands over everything at once, begun or not. Resolves when that is done. */
  async abandon(): Promise<void> {
    this.#draining = true;
    for (const held of [...this.#held.values()]) this.#handOver(held);
    await this.#options.handOver.settled();
  }

  #read(delivery: Delivery): ComputeLease | undefined {
    try {
      return decode(ComputeLease, delivery.data);
    } catch (error) {
      this.#options.log.error(
        { err: error, step: 'lease' },
        `a lease on ${delivery.subject} cannot be read by this worker; another worker receives it`,
      );
      delivery.nak(UNREADABLE_AGAIN_MS);
      return undefined;
    }
  }

  #next(): HeldLease {
    const young = this.#backlog.findIndex(({ lease }) => lease.young);
    return this.#backlog.splice(Math.max(0, young), 1)[0]!;
  }

  #makeRoom(): void {
    for (const running of makingRoom(
      this.#inSlots(),
      this.#backlog.map(({ lease }) => lease),
    )) {
      this.#yield(running, running.owedMs);
    }
  }

  #yield({ held, slot }: { held: HeldLease; slot: GuardedSlot }, afterMs: number): void {
    held.yielding = true;
    slot.yield(afterMs);
  }

  #inSlots(): (RunningLease & { held: HeldLease; slot: GuardedSlot })[] {
    return this.running().map((held) => {
      const slot = held.slot!;
      return { held, slot, lease: held.lease, done: slot.done, owedMs: this.#owedMs.get(slot) ?? 0, yielding: held.yielding };
    });
  }

  async #run(held: HeldLease, slot: GuardedSlot): Promise<void> {
    held.slot = slot;
    held.startedAtMs = performance.now();
    const isolated = isSuspect(held.lease, held.deliveryCount);
    const ran = slot.run(held.lease.kind, held.lease.params, taskOf(held.lease), timeLimitsMs(held.lease), isolated);
    this.#options.changed();
    const outcome = await ran;
    const ranMs = performance.now() - held.startedAtMs;
    held.slot = undefined;
    this.#owedMs.set(slot, owedAfter(this.#owedMs.get(slot) ?? 0, held.lease.young === true, ranMs));
    // Settled while it ran: there is nothing left to answer.
    if (this.#held.get(held.key) !== held) return;
    if (outcome.is === 'computed' && !isolated) this.#leaseMs = nextMean(this.#leaseMs, ranMs);
    this.#conclude(held, slot, outcome);
    this.#options.changed();
  }

  #conclude(held: HeldLease, slot: GuardedSlot, outcome: SlotOutcome): void {
    const { counts, log } = this.#options;
    const { job_id: job, lease, kind } = held.lease;
    const runner = this.#runner(held, slot.index);
    if (outcome.is === 'computed') counts.leaseDone(held.lease, outcome);
    const answer = answerOf(held.lease, runner, outcome);
    if (answer?.warning !== undefined) log.warn({ job, lease, kind }, answer.warning);
    if (answer) return void this.#handIn(held, runner, answer.message);
    log.info({ job, lease, step: 'compute' }, 'stopped computing a lease that is no longer needed');
    this.#settle(held, (settled) => {
      if (settled.isWantedAgain) settled.nak(0);
      else if (settled.isLost) settled.leave();
      else settled.ack();
    });
  }

  async #handIn(held: HeldLease, runner: Runner, result: Uint8Array): Promise<void> {
    const { results, slots } = this.#options;
    const { lease } = held;
    const holdMs = resultHoldMs(slots.length, this.#leaseMs, this.#backlog.length);
    const handedIn = results.handIn(lease.job_id, lease.lease, result, holdMs);
    this.#stalled ||= results.isFull;
    let outcome = await handedIn;
    if (outcome.is === 'refused')
      outcome = await results.handIn(lease.job_id, lease.lease, failedMessage(lease, runner, refusedError(lease, outcome.error)));
    const isStored = outcome.is === 'stored';
    if (isStored) this.#unwanted.answered(held.key);
    else
      this.#options.log.warn(
        { job: lease.job_id, lease: lease.lease },
        'a result could not be stored; another worker receives its lease',
      );
    this.#settle(held, (settled) => (isStored ? settled.ack() : settled.leave()));
    if (!this.#stalled || results.isFull) return;
    this.#stalled = false;
    this.start();
    this.#options.changed();
  }

  #sayUnconfirmed(held: HeldLease): void {
    if (held.slot)
      this.#options.log.warn(
        { job: held.lease.job_id, lease: held.lease.lease },
        'the server does not confirm a running lease; the worker still computes it, and its result counts if it is the first',
      );
  }

  #lose(held: HeldLease): void {
    this.#options.log.warn(
      { job: held.lease.job_id, lease: held.lease.lease },
      'a lease is lost, because this process was frozen when the lease had to be renewed',
    );
    if (held.slot) held.stop();
    else if (this.#unqueue(held)) this.#settle(held, (settled) => settled.leave());
  }

  #unqueue(held: HeldLease): boolean {
    const at = this.#backlog.indexOf(held);
    if (at >= 0) this.#backlog.splice(at, 1);
    return at >= 0;
  }

  #handOver(held: HeldLease): void {
    const giveBack = (): void => (held.isConfirmed ? held.nak(0) : held.leave());
    this.#settle(held, () =>
      this.#options.handOver.give({
        delivery: held.delivery,
        unanswered: held.deliveryCount - 1,
        ack: () => held.ack(),
        nak: giveBack,
      }),
    );
  }

  #settle(held: HeldLease, answer: (held: HeldLease) => void): void {
    this.#held.delete(held.key);
    answer(held);
    if (this.#held.size === 0) this.#emptied?.();
  }

  #runner(held: HeldLease, slot: number): Runner {
    return { worker: this.#options.workerId, slot, delivery: held.deliveryCount };
  }
}
