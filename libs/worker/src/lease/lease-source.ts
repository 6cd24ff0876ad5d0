/** Asks the lanes for as many leases as there is room for, and hands their deliveries on. */
import { LANE_WEIGHTS, type Lane } from '@manyhands/proto';
import { type Broker, type Delivery, ensureLaneConsumer, type LaneConsumerOptions, type LanePuller, openLanePuller } from '@manyhands/jetstream';
import { LanePlan } from './lane-plan.ts';

/** Milliseconds a standing request stays open; so long an unnoticed loss of it can hide. */
const STANDING_MS = 10_000;
const AWAY_MS = 500;

export interface LeaseSourceOptions {
  broker: Broker;
  kinds: readonly string[];
  lanes: readonly Lane[];
  consumer: LaneConsumerOptions;
  /** How many more leases fit now. */
  room: () => number;
  take: (delivery: Delivery) => void;
}

export class LeaseSource {
  readonly #options: LeaseSourceOptions;
  readonly #lanes: readonly { kind: string; lane: Lane }[];
  readonly #plan: LanePlan;
  #pullers: LanePuller[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: LeaseSourceOptions) {
    this.#options = options;
    this.#lanes = options.kinds.flatMap((kind) => options.lanes.map((lane) => ({ kind, lane })));
    this.#plan = new LanePlan(this.#lanes.map(({ lane }) => LANE_WEIGHTS[lane]));
  }

  async open(): Promise<void> {
    const { broker, consumer, take } = this.#options;
    await Promise.all(this.#lanes.map(({ kind, lane }) => ensureLaneConsumer(broker, kind, lane, consumer)));
    this.#pullers = this.#lanes.map(({ kind, lane }, index) =>
      openLanePuller(broker, kind, lane, {
        delivery: (delivery) => {
          this.#plan.delivered(index);
          take(delivery);
        },
        over: (_count, reason) => {
          this.#plan.over(index, reason);
          if (reason === 'unreachable') this.#retryLater(index);
          this.ask();
        },
      }),
    );
    this.ask();
  }

  /** Asks for what fits; call it whenever there may be more room. */
  ask(): void {
    for (const request of this.#plan.requests(this.#options.room())) {
      const asked = this.#pullers[request.lane]?.want(request.count, request.standing ? STANDING_MS : 0);
      if (asked) this.#plan.asked(request);
      else if (asked === false) {
        this.#plan.over(request.lane, 'unreachable');
        this.#retryLater(request.lane);
      }
    }
  }

  /** Asks no more. Resolves when nothing more can arrive. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#pullers.splice(0).map((puller) => puller.stop()));
  }

  #retryLater(lane: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#plan.back(lane);
      this.ask();
    }, AWAY_MS);
    timer.unref();
    this.#timers.add(timer);
  }
}
