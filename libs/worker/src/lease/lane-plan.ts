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
  index: number;
  mood: 'flowing' | 'dry' | 'away';
  /** Credit of the open request not yet used; undefined without one. */
  open: { left: number; standing: boolean } | undefined;
  /** Smooth weighted round robin: the richest queue is next. */
  turn: number;
}

export class LanePlan {
  readonly #queues: QueueState[];
  /** Those in which there may be something to do, in no order. A worker of many kinds has a hundred queues, and asks several times for each lease. */
  readonly #awake: Set<QueueState>;

  constructor(queues: readonly LaneQueue[]) {
    this.#queues = queues.map((queue, index) => ({ ...queue, index, mood: 'dry', open: undefined, turn: 0 }));
    this.#awake = new Set(this.#queues);
  }

  /**
   * What to ask now, with room for `capacity` more leases than are held, and for `yieldable` more of young jobs. The caller confirms each
   * with `asked`.
   */
  requests(capacity: number, yieldable = 0): QueueRequest[] {
    const requests: QueueRequest[] = [];
    const awake = [...this.#awake].sort((one, other) => one.index - other.index);
    for (const { index: queue, mood, open, young } of awake) {
      if (mood === 'dry' && !open && (capacity > 0 || (young && yieldable > 0)))
        requests.push({ queue, count: 1, standing: true });
    }
    const left = Math.max(0, capacity) - askedOf(awake);
    const shares = share(left, awake);
    const young = awake.filter((queue) => queue.young);
    for (const [queue, count] of share(Math.min(yieldable, left + yieldable), young))
      shares.set(queue, (shares.get(queue) ?? 0) + count);
    for (const [queue, count] of shares) requests.push({ queue, count, standing: false });
    return requests;
  }

  asked(request: QueueRequest): void {
    const planned = this.#at(request.queue);
    planned.open = { left: request.count, standing: request.standing };
    if (planned.mood === 'dry' && request.standing) this.#awake.delete(planned);
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

  /** Awake, since something is about to change in it. */
  #at(queue: number): QueueState {
    const planned = this.#queues[queue];
    if (!planned) throw new RangeError(`there is no queue ${queue}`);
    this.#awake.add(planned);
    return planned;
  }
}

/** Credit on its way to flowing queues. */
function askedOf(queues: readonly QueueState[]): number {
  return queues.reduce((sum, { open }) => sum + (open && !open.standing ? Math.max(0, open.left) : 0), 0);
}

/** Shares `count` out among the flowing queues without an open request. */
function share(count: number, queues: readonly QueueState[]): Map<number, number> {
  const shares = new Map<number, number>();
  if (count <= 0) return shares;
  const ready = queues.filter((queue) => queue.mood === 'flowing' && !queue.open);
  if (ready.length === 0) return shares;
  if (ready.length === 1) return shares.set(ready[0]!.index, count);
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
  for (const [index, credit] of given.entries()) if (credit > 0) shares.set(ready[index]!.index, credit);
  return shares;
}
