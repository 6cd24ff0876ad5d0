/**
 * Keeps the lease on one span of chunks alive while its slot computes.
 *
 *   held ──renewed──▶ held     held ──not renewed in time──▶ lost     held | lost ──released──▶ closed
 *
 * Always true: the local deadline never outlives the broker's: it counts from the moment a confirmed renewal was sent. A lost lease
 * aborts the compute, but proves nothing about who runs the span next: results are fenced by subject sequence and by the
 * coordinator's fold, not here.
 *
 * nats-server 2.15: lease-keeper.int.spec.ts, "a worker cut off from the broker loses its lease".
 */
import type { Delivery } from './delivery.ts';

export type LeaseKeeperState = 'held' | 'lost' | 'closed';

export interface LeaseKeeperOptions {
  /** Milliseconds the broker waits for a sign of life. */
  ackWaitMs: number;
  /** Called once when the lease can no longer be counted on. */
  lost?: () => void;
  /** Milliseconds since some fixed moment; never goes back. */
  clock?: () => number;
}

export class LeaseKeeper {
  readonly #delivery: Delivery;
  readonly #ackWaitMs: number;
  readonly #lost: (() => void) | undefined;
  readonly #clock: () => number;
  #state: LeaseKeeperState = 'held';
  #deadlineMs: number;
  #timer: NodeJS.Timeout;

  constructor(delivery: Delivery, options: LeaseKeeperOptions) {
    this.#delivery = delivery;
    this.#ackWaitMs = options.ackWaitMs;
    this.#lost = options.lost;
    this.#clock = options.clock ?? (() => performance.now());
    this.#deadlineMs = this.#clock() + this.#ackWaitMs;
    this.#timer = this.#schedule();
  }

  get state(): LeaseKeeperState {
    return this.#state;
  }

  /** Stops renewing. The delivery itself is settled by whoever held it. */
  release(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
  }

  #schedule(): NodeJS.Timeout {
    const waitMs = Math.max(0, Math.min(this.#ackWaitMs / 3, this.#deadlineMs - this.#clock()));
    const timer = setTimeout(() => void this.#renew(), waitMs);
    timer.unref();
    return timer;
  }

  async #renew(): Promise<void> {
    const sentAtMs = this.#clock();
    if (sentAtMs < this.#deadlineMs) {
      const confirmed = await this.#delivery.working(this.#ackWaitMs / 3);
      if (this.#state !== 'held') return;
      if (confirmed) this.#deadlineMs = sentAtMs + this.#ackWaitMs;
    }
    if (this.#clock() >= this.#deadlineMs) {
      this.#state = 'lost';
      this.#lost?.();
      return;
    }
    this.#timer = this.#schedule();
  }
}
