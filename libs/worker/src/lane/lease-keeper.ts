/**
 * Keeps the lease on one span of chunks alive while its slot computes.
 *
 *   held ──not renewed in time──▶ unconfirmed ──renewed──▶ held
 *   held | unconfirmed ──the process was frozen for an ack wait──▶ lost      any ──released──▶ closed
 *
 * Invariant: the local deadline never outlives the broker's: it counts from the moment a confirmed renewal was sent.
 *
 * Unconfirmed, the broker may have handed the span to another worker, or may be away itself. Computing goes on: which of the two is not known, there is
 * nothing else to compute without a broker, and results are fenced by subject sequence and by the coordinator's fold, so the first one counts and a
 * second one is harmless. Rejected: to stop there. A broker that was away for 10 s threw away all running work.
 *
 * A process that was frozen (its machine slept) knows that its leases went to others while those computed. It has better things to do: lost.
 *
 * nats-server 2.15: lease-keeper.int.spec.ts, "a worker cut off from the broker knows that its lease is unconfirmed, and has it again".
 */
import type { Delivery } from '@manyhands/nats';

export type LeaseKeeperState = 'held' | 'unconfirmed' | 'lost' | 'closed';

export interface LeaseKeeperOptions {
  /** Milliseconds the broker waits for a sign of life. */
  ackWaitMs: number;
  /** Called each time the lease turns from held to unconfirmed. */
  unconfirmed?: () => void;
  /** Called once when the lease is lost. */
  lost?: () => void;
  /** Milliseconds since some fixed moment; never goes back. */
  clock?: () => number;
}

export class LeaseKeeper {
  readonly #delivery: Pick<Delivery, 'working'>;
  readonly #ackWaitMs: number;
  readonly #options: LeaseKeeperOptions;
  readonly #clock: () => number;
  #state: LeaseKeeperState = 'held';
  #deadlineMs: number;
  /** When this last did something; long ago only if the process was frozen. */
  #activeAtMs: number;
  #timer: NodeJS.Timeout;

  constructor(delivery: Pick<Delivery, 'working'>, options: LeaseKeeperOptions) {
    this.#delivery = delivery;
    this.#ackWaitMs = options.ackWaitMs;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#activeAtMs = this.#clock();
    this.#deadlineMs = this.#activeAtMs + this.#ackWaitMs;
    this.#timer = this.#schedule();
  }

  get state(): LeaseKeeperState {
    return this.#state;
  }

  /** Stops renewing. The delivery itself is settled by the caller. */
  release(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
  }

  #schedule(): NodeJS.Timeout {
    const thirdMs = this.#ackWaitMs / 3;
    const waitMs = this.#state === 'unconfirmed' ? thirdMs : Math.max(0, Math.min(thirdMs, this.#deadlineMs - this.#clock()));
    const timer = setTimeout(() => void this.#renew(), waitMs);
    timer.unref();
    return timer;
  }

  async #renew(): Promise<void> {
    if (this.#stoodStill()) return this.#lose();
    const sentAtMs = this.#clock();
    const confirmed = await this.#delivery.working(this.#ackWaitMs / 3);
    if (this.#state === 'closed') return;
    if (this.#stoodStill()) return this.#lose();
    if (confirmed) {
      this.#deadlineMs = sentAtMs + this.#ackWaitMs;
      this.#state = 'held';
    } else if (this.#state === 'held' && this.#clock() >= this.#deadlineMs) {
      this.#state = 'unconfirmed';
      this.#options.unconfirmed?.();
    }
    // The listener may have released it.
    if (this.#isOpen) this.#timer = this.#schedule();
  }

  get #isOpen(): boolean {
    return this.#state === 'held' || this.#state === 'unconfirmed';
  }

  #stoodStill(): boolean {
    const nowMs = this.#clock();
    const stillMs = nowMs - this.#activeAtMs;
    this.#activeAtMs = nowMs;
    return stillMs >= this.#ackWaitMs;
  }

  #lose(): void {
    this.#state = 'lost';
    this.#options.lost?.();
  }
}
