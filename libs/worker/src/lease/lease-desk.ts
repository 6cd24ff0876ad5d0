/**
 * Takes deliveries in, gives them to free slots, and settles them by what became of them.
 *
 * Has fetched what leases name (`LeaseInputs`), and stored what they leave (`AnswerStore`); settles deliveries. It never asks for leases: `room` states how many more would fit.
 *
 * Invariant: a lease runs in one slot at a time; every delivery taken in is settled once, or left to the broker when it was lost or its
 * result could not be stored. What this worker gives to others in good order is handed over (`HandOver`), so that it counts against no chunk.
 */
import type { Delivery } from '@manyhands/nats';
import { type CancelLeases, type ComputeLease, roundOf } from '@manyhands/proto';
import type { Logger } from '@manyhands/observe';
import type { GuardedSlot } from '../slot/guarded-slot.ts';
import type { SlotOutcome } from '../slot/slot.ts';
import type { AnswerStore } from './answer-store.ts';
import type { HandOver } from './hand-over.ts';
import { HeldLease, keyOf } from './held-lease.ts';
import { readLease } from './lease-delivery.ts';
import { LeaseBacklog } from './lease-backlog.ts';
import { answerOf, joinedAnswer, type LeaseAnswer } from './lease-answer.ts';
import { type Fetched, fetchedAlready, type LeaseInputs, needsFetching } from './lease-inputs.ts';
import { canMakeRoom, makingRoom, owedAfter, type RunningLease } from './making-room.ts';
import { nextMean, prefetchCount, resultHoldMs, roomFor } from './prefetch.ts';
import { isHandedBack, isLost, isSuspect } from './redelivery.ts';
import { failedMessage, lostError, type Runner } from './result-message.ts';
import type { LeaseTrace } from './lease-trace.ts';
import { timeLimitsMs } from './time-limits.ts';
import { UnwantedLeases } from './unwanted-leases.ts';
import type { WorkCounts } from './work-counts.ts';

export interface LeaseDeskOptions {
  workerId: string;
  slots: readonly GuardedSlot[];
  inputs: LeaseInputs;
  answers: AnswerStore;
  handOver: HandOver;
  counts: WorkCounts;
  ackWaitMs: number;
  trace?: ((lease: ComputeLease, delivery: Delivery) => LeaseTrace | undefined) | undefined;
  log: Logger;
  /** Called when there may be more room, or the set of running leases changed. */
  changed: () => void;
}

export class LeaseDesk {
  readonly #options: LeaseDeskOptions;
  readonly #held = new Map<string, HeldLease>();
  /** Handed over again they need no more than another ack. */
  readonly #unwanted = new UnwantedLeases();
  readonly #backlog = new LeaseBacklog();
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
    if (this.#draining || this.#options.answers.isFull) return 0;
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
    const lease = readLease(delivery, this.#options.log);
    if (!lease) return;
    const present = this.#held.get(keyOf(lease));
    if (present) return present.renewWith(delivery);
    if (this.#unwanted.has(lease)) return delivery.ack();
    const held = new HeldLease(lease, delivery, this.#options.ackWaitMs, {
      unconfirmed: (left) => this.#sayUnconfirmed(left),
      lost: (lost) => this.#lose(lost),
    });
    if (this.#draining) return this.#handOver(held);
    held.trace = this.#options.trace?.(lease, delivery);
    this.#held.set(held.key, held);
    const runner = this.#runner(held, 0);
    if (isLost(held.deliveryCount))
      return void this.#handIn(held, runner, { message: () => failedMessage(lease, runner, lostError(held.deliveryCount)) });
    this.#backlog.add(held);
    if (needsFetching(lease)) void this.#fetch(held);
    else held.ready(fetchedAlready(lease));
    this.start();
    if (lease.young) this.#makeRoom();
  }

  /** Gives waiting leases to idle slots, those of young jobs first; none while too many results wait for the server. */
  start(): void {
    const { slots, answers } = this.#options;
    for (const slot of slots) {
      if (this.#backlog.length === 0 || answers.isFull) return;
      const next = slot.state === 'idle' ? this.#backlog.takeReady() : undefined;
      if (next) void this.#run(next, slot);
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
      held.stop();
      if (this.#backlog.remove(held)) this.#settle(held, (settled) => settled.ack());
      // One whose parts are being stored is settled when that has stopped.
      else if (!held.slot) held.end();
    }
  }

  /** Gives leases that have waited long for a slot to another process; the broker does so by itself with those it does not confirm. */
  handBackStale(nowMs: number): void {
    for (const held of this.#backlog.all.filter((waiting) =>
      isHandedBack(nowMs - waiting.waitsSinceMs, waiting.lease.unanswered !== undefined),
    )) {
      this.#backlog.remove(held);
      if (held.isConfirmed) this.#handOver(held);
      else this.#settle(held, (settled) => settled.leave());
    }
  }

  /** Takes nothing more, hands over what has not begun, and lets what runs end at the border of a chunk. Resolves when all of it is settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const held of this.#backlog.takeAll()) this.#handOver(held);
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

  /** What it names is not fetched yet, or waits for a slot: a merge of lines takes none. */
  async #fetch(held: HeldLease): Promise<void> {
    const fetched = await this.#options.inputs.fetch(held.lease, held.over);
    if (!fetched || this.#held.get(held.key) !== held) return;
    if (fetched.is === 'fetched') held.ready(fetched);
    else if (this.#backlog.remove(held)) void this.#handIn(held, this.#runner(held, 0), this.#answerWithoutSlot(held, fetched));
    this.start();
    this.#options.changed();
  }

  #answerWithoutSlot(held: HeldLease, fetched: Exclude<Fetched, { is: 'fetched' }>): LeaseAnswer {
    const runner = this.#runner(held, 0);
    if (fetched.is === 'failed') return { message: () => failedMessage(held.lease, runner, fetched.error) };
    this.#options.counts.leaseDone(held.lease, { failed: [] });
    return joinedAnswer(held.lease, runner, fetched.lines);
  }

  #makeRoom(): void {
    for (const running of makingRoom(
      this.#inSlots(),
      this.#backlog.all.map(({ lease }) => lease),
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
    const { task: fetched } = held.fetched!;
    const task = held.trace?.begin(fetched, slot.index) ?? fetched;
    const ran = slot.run(held.lease.kind, held.lease.params, task, timeLimitsMs(held.lease), isolated, held.lease.job_id);
    this.#options.changed();
    const outcome = await ran;
    held.trace?.ran(outcome);
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
    const { kind } = held.lease;
    const runner = this.#runner(held, slot.index);
    if (outcome.is === 'computed') counts.leaseDone(held.lease, outcome);
    const answer = answerOf(held.lease, runner, outcome, held.fetched?.end);
    if (answer?.warning !== undefined) log.warn({ ...held.about, kind }, answer.warning);
    if (answer) return void this.#handIn(held, runner, answer);
    this.#settleStopped(held);
  }

  #settleStopped(held: HeldLease): void {
    this.#options.log.info({ ...held.about, step: 'compute' }, 'stopped computing a lease that is no longer needed');
    this.#settle(held, (settled) => {
      if (settled.isWantedAgain) settled.nak(0);
      else if (settled.isLost) settled.leave();
      else settled.ack();
    });
  }

  async #handIn(held: HeldLease, runner: Runner, answer: LeaseAnswer): Promise<void> {
    const { answers, slots } = this.#options;
    const { lease } = held;
    held.trace?.end('answered');
    const holdMs = resultHoldMs(slots.length, this.#leaseMs, this.#backlog.length);
    const storing = answers.store(lease, runner, answer, holdMs, held);
    this.#stalled ||= answers.isFull;
    const outcome = await storing;
    if (outcome === 'stored') this.#unwanted.answered(held.key);
    if (outcome === 'closed')
      this.#options.log.warn(held.about, 'a result could not be stored; another worker receives its lease');
    if (outcome === 'stopped') {
      if (this.#held.get(held.key) === held) this.#settleStopped(held);
    } else this.#settle(held, (settled) => (outcome === 'stored' ? settled.ack() : settled.leave()));
    if (!this.#stalled || answers.isFull) return;
    this.#stalled = false;
    this.start();
    this.#options.changed();
  }

  #sayUnconfirmed(held: HeldLease): void {
    if (held.slot)
      this.#options.log.warn(
        held.about,
        'the server does not confirm a running lease; the worker still computes it, and its result counts if it is the first',
      );
  }

  #lose(held: HeldLease): void {
    this.#options.log.warn(held.about, 'a lease is lost, because this process was frozen when the lease had to be renewed');
    held.stop();
    if (this.#backlog.remove(held)) this.#settle(held, (settled) => settled.leave());
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
    held.trace?.end('not answered');
    held.end();
    answer(held);
    if (this.#held.size === 0) this.#emptied?.();
  }

  #runner(held: HeldLease, slot: number): Runner {
    return { worker: this.#options.workerId, slot, delivery: held.deliveryCount };
  }
}
