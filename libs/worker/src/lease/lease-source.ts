/** Asks the queues of its lanes for as many leases as there is room for, and hands their deliveries on. */
import { LANE_WEIGHTS, type Lane, type WorkQueue, workQueueOf } from '@manyhands/proto';
import { ensureLaneConsumer, type LaneConsumerOptions } from '@manyhands/broker';
import type { Broker, Delivery } from '@manyhands/nats';
import { type LanePuller, openLanePuller } from '../lane/lane-puller.ts';
import { LanePlan } from './lane-plan.ts';

/** Milliseconds a standing request stays open; so long an unnoticed loss of it can hide. */
const STANDING_MS = 10_000;
const AWAY_MS = 500;
/** A consumer that is missing for so long is created again here. Coordinators look every few seconds. */
const MEND_AFTER_MS = 10_000;

export interface LeaseSourceOptions {
  broker: Broker;
  kinds: readonly string[];
  /** Of them: those whose code runs inside bubblewrap here, so that code of accounts that are not trusted may be run. */
  confined: readonly string[];
  lanes: readonly Lane[];
  consumer: LaneConsumerOptions;
  /** How many more leases fit now. */
  room: () => number;
  /** How many more leases of young jobs would be made room for. */
  yieldable: () => number;
  take: (delivery: Delivery) => void;
  /** Only tests change it. */
  mendAfterMs?: number | undefined;
}

export class LeaseSource {
  readonly #options: LeaseSourceOptions;
  readonly #queues: readonly { kind: string; queue: WorkQueue }[];
  readonly #plan: LanePlan;
  #pullers: LanePuller[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Queues for which no server answers, and since when. */
  readonly #unreachableSinceMs = new Map<number, number>();

  constructor(options: LeaseSourceOptions) {
    this.#options = options;
    const queues = [
      ...options.kinds.map((kind) => [kind, false] as const),
      ...options.confined.map((kind) => [kind, true] as const),
    ]
      .flatMap(([kind, confined]) => options.lanes.map((lane) => ({ kind, confined, lane })))
      .flatMap((of) => [true, false].map((young) => ({ ...of, young })));
    this.#queues = queues.map((queue) => ({ kind: queue.kind, queue: workQueueOf(queue) }));
    this.#plan = new LanePlan(
      queues.map(({ kind, confined, lane, young }) => ({
        lane: `${kind} ${lane}${confined ? ' confined' : ''}`,
        weight: LANE_WEIGHTS[lane],
        young,
      })),
    );
  }

  async open(): Promise<void> {
    const { broker, consumer, take } = this.#options;
    await Promise.all(this.#queues.map(({ kind, queue }) => ensureLaneConsumer(broker, kind, queue, consumer)));
    this.#pullers = this.#queues.map(({ kind, queue }, index) =>
      openLanePuller(broker, kind, queue, {
        delivery: (delivery) => {
          this.#plan.delivered(index, delivery.pending);
          take(delivery);
        },
        over: (_count, reason) => {
          this.#plan.over(index, reason);
          if (reason === 'unreachable') this.#unreachable(index);
          else this.#reached(index);
          this.ask();
        },
      }),
    );
    this.ask();
  }

  /** Asks for what fits; call it whenever there may be more room. */
  ask(): void {
    for (const request of this.#plan.requests(this.#options.room(), this.#options.yieldable())) {
      const asked = this.#pullers[request.queue]?.want(request.count, request.standing ? STANDING_MS : 0);
      if (asked) this.#plan.asked(request);
      else if (asked === false) {
        this.#plan.over(request.queue, 'unreachable');
        this.#retryLater(request.queue);
      }
    }
  }

  /** Asks no more. Resolves when nothing more can arrive. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#pullers.splice(0).map((puller) => puller.stop()));
  }

  #reached(index: number): void {
    if (this.#unreachableSinceMs.delete(index)) this.#options.broker.troubles.succeeded(this.#askingFor(index));
  }

  /** No consumer answers for the queue, though the server may be there: its consumer was removed. Coordinators create it again within seconds; if none does, this does. */
  #unreachable(index: number): void {
    const { broker, consumer } = this.#options;
    const { kind, queue } = this.#queues[index]!;
    const nowMs = performance.now();
    const sinceMs = this.#unreachableSinceMs.get(index) ?? nowMs;
    this.#unreachableSinceMs.set(index, sinceMs);
    broker.troubles.failed(this.#askingFor(index), 'its consumer is missing');
    this.#retryLater(index);
    if (nowMs - sinceMs < (this.#options.mendAfterMs ?? MEND_AFTER_MS)) return;
    this.#unreachableSinceMs.set(index, nowMs);
    ensureLaneConsumer(broker, kind, queue, consumer).catch((error: unknown) =>
      broker.troubles.failed(`creating the consumer of queue ${queue} of kind ${kind} again`, error),
    );
  }

  #askingFor(index: number): string {
    const { kind, queue } = this.#queues[index]!;
    return `asking for leases of queue ${queue} of kind ${kind}`;
  }

  #retryLater(queue: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#plan.back(queue);
      this.ask();
    }, AWAY_MS);
    timer.unref();
    this.#timers.add(timer);
  }
}
