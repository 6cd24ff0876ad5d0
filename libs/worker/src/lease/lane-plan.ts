/**
 * Decides which queues to ask for how many leases. Pure: the caller asks, and reports the outcome.
 *
 *   dry ──a lease came, more wait──▶ flowing ──nothing there──▶ dry        any ──unreachable──▶ away ──back──▶ dry
 *
 * A flowing queue is asked for what fits now. Lanes that flow share it by weight, and in a lane whose both queues flow the young jobs get
 * `YOUNG_SHARE` leases for each of the others. A dry queue has one standing request for a single lease, so that a lease is handed over the
 * moment it is stored, and a worker of many lanes still is handed at most one lease per queue more than it has slots. For young jobs there is
 * also room where a running lease would make room.
 *
 * Invariant: with no capacity nothing new is asked; each queue has at most one open request.
 */
import { weightAmong, type LaneQueue } from './making-room.ts';

export interface QueueRequest {
  queue: number;
  count: number;
  /** Whether it stays open until a lease comes. */
  standing: boolean;
}

interface QueueState extends LaneQueue {
  mood: 'flowing' | 'dry' | 'away';
  /** Credit of the open request not yet used; undefined without one. */
  open: { left: number; standing: boolean } | undefined;
  /** Smooth weighted round robin: the richest queue is next. */
  turn: number;
}

export class LanePlan {
  readonly #queues: QueueState[];

  constructor(queues: readonly LaneQueue[]) {
    this.#queues = queues.map((queue) => ({ ...queue, mood: 'dry', open: undefined, turn: 0 }));
  }

  /**
   * What to ask now, with room for `capacity` more leases than are held, and for `yieldable` more of young jobs. The caller confirms each
   * with `asked`.
   */
  requests(capacity: number, yieldable = 0): QueueRequest[] {
    const requests: QueueRequest[] = [];
    for (const [queue, { mood, open, young }] of this.#queues.entries()) {
      if (mood === 'dry' && !open && (capacity > 0 || (young && yieldable > 0)))
        requests.push({ queue, count: 1, standing: true });
    }
    const left = Math.max(0, capacity) - this.#asked();
    const shares = this.#share(left, () => true);
    for (const [queue, count] of this.#share(Math.min(yieldable, left + yieldable), ({ young }) => young))
      shares.set(queue, (shares.get(queue) ?? 0) + count);
    for (const [queue, count] of shares) requests.push({ queue, count, standing: false });
    return requests;
  }

  asked(request: QueueRequest): void {
    this.#at(request.queue).open = { left: request.count, standing: request.standing };
  }

  /** A lease came; `pending` more wait in the queue, as far as the broker knows. With none it is dry without being asked. */
  delivered(queue: number, pending: number): void {
    const planned = this.#at(queue);
    planned.mood = pending > 0 ? 'flowing' : 'dry';
    if (planned.open) planned.open.left -= 1;
  }

  /** The open request is over. */
  over(queue: number, reason: 'filled' | 'empty' | 'expired' | 'unreachable'): void {
    const planned = this.#at(queue);
    planned.open = undefined;
    if (reason === 'unreachable') planned.mood = 'away';
    else if (reason !== 'filled') planned.mood = 'dry';
  }

  /** The queue may be asked again. */
  back(queue: number): void {
    const planned = this.#at(queue);
    if (planned.mood === 'away') planned.mood = 'dry';
  }

  #at(queue: number): QueueState {
    const planned = this.#queues[queue];
    if (!planned) throw new RangeError(`there is no queue ${queue}`);
    return planned;
  }

  /** Credit on its way to flowing queues. */
  #asked(): number {
    return this.#queues.reduce((sum, { open }) => sum + (open && !open.standing ? Math.max(0, open.left) : 0), 0);
  }

  /** Shares `count` out among the flowing queues without an open request. */
  #share(count: number, fits: (queue: QueueState) => boolean): Map<number, number> {
    const shares = new Map<number, number>();
    if (count <= 0) return shares;
    const ready = this.#queues.filter((queue) => queue.mood === 'flowing' && !queue.open && fits(queue));
    if (ready.length === 0) return shares;
    if (ready.length === 1) return shares.set(this.#queues.indexOf(ready[0]!), count);
    const weights = ready.map((queue) => weightAmong(queue, ready));
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const given = ready.map(() => 0);
    for (let left = count; left > 0; left -= 1) {
      let next = 0;
      for (let index = 0; index < ready.length; index += 1) {
        ready[index]!.turn += weights[index]!;
        if (ready[index]!.turn > ready[next]!.turn) next = index;
      }
      ready[next]!.turn -= all;
      given[next]! += 1;
    }
    for (const [index, credit] of given.entries()) if (credit > 0) shares.set(this.#queues.indexOf(ready[index]!), credit);
    return shares;
  }
}
