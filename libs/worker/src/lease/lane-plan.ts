/**
 * Decides which lanes to ask for how many leases. Pure: the caller asks, and tells what came of it.
 *
 *   dry ──a lease came──▶ flowing ──nothing there──▶ dry        any ──unreachable──▶ away ──back──▶ dry
 *
 * A flowing lane is asked for what fits now, and flowing lanes share it by weight. A dry lane has one standing request for a single
 * lease, so that a lease is handed over the moment it is stored, and a worker of many lanes still is handed at most one lease per
 * lane more than it has slots.
 *
 * Always true: with no capacity nothing new is asked; each lane has at most one open request.
 */
export type LaneMood = 'flowing' | 'dry' | 'away';

export interface LaneRequest {
  lane: number;
  count: number;
  /** Whether it stays open until a lease comes. */
  standing: boolean;
}

interface PlannedLane {
  weight: number;
  mood: LaneMood;
  /** Credit of the open request not yet used; undefined without one. */
  open: { left: number; standing: boolean } | undefined;
  /** Smooth weighted round robin: the richest lane is next. */
  turn: number;
}

export class LanePlan {
  readonly #lanes: PlannedLane[];

  constructor(weights: readonly number[]) {
    this.#lanes = weights.map((weight) => ({ weight, mood: 'dry', open: undefined, turn: 0 }));
  }

  moodOf(lane: number): LaneMood {
    return this.#at(lane).mood;
  }

  /** What to ask now, with room for `capacity` more leases than are held. The caller confirms each with `asked`. */
  requests(capacity: number): LaneRequest[] {
    if (capacity <= 0) return [];
    const requests: LaneRequest[] = [];
    for (const [lane, { mood, open }] of this.#lanes.entries()) {
      if (mood === 'dry' && !open) requests.push({ lane, count: 1, standing: true });
    }
    for (const [lane, count] of this.#share(capacity - this.#asked())) requests.push({ lane, count, standing: false });
    return requests;
  }

  asked(request: LaneRequest): void {
    this.#at(request.lane).open = { left: request.count, standing: request.standing };
  }

  delivered(lane: number): void {
    const planned = this.#at(lane);
    planned.mood = 'flowing';
    if (planned.open) planned.open.left -= 1;
  }

  /** The open request is over. */
  over(lane: number, reason: 'filled' | 'empty' | 'expired' | 'unreachable'): void {
    const planned = this.#at(lane);
    planned.open = undefined;
    if (reason === 'unreachable') planned.mood = 'away';
    else if (reason !== 'filled') planned.mood = 'dry';
  }

  /** The lane may be asked again. */
  back(lane: number): void {
    const planned = this.#at(lane);
    if (planned.mood === 'away') planned.mood = 'dry';
  }

  #at(lane: number): PlannedLane {
    const planned = this.#lanes[lane];
    if (!planned) throw new RangeError(`there is no lane ${lane}`);
    return planned;
  }

  /** Credit on its way to flowing lanes. */
  #asked(): number {
    return this.#lanes.reduce((sum, { open }) => sum + (open && !open.standing ? Math.max(0, open.left) : 0), 0);
  }

  /** Shares `count` out among the flowing lanes without an open request. */
  #share(count: number): Map<number, number> {
    const shares = new Map<number, number>();
    const ready = [...this.#lanes.entries()].filter(([, { mood, open }]) => mood === 'flowing' && !open);
    const weights = ready.reduce((sum, [, { weight }]) => sum + weight, 0);
    for (let given = 0; given < count && ready.length > 0; given += 1) {
      for (const [, planned] of ready) planned.turn += planned.weight;
      const [next, planned] = ready.reduce((best, entry) => (entry[1].turn > best[1].turn ? entry : best));
      planned.turn -= weights;
      shares.set(next, (shares.get(next) ?? 0) + 1);
    }
    return shares;
  }
}
