/**
 * Knows which partitions of this coordinator are stuck: messages wait in them, and none is taken.
 *
 *   moving ──nothing taken for 9 s though messages wait──▶ stuck ──something taken, nothing waits, not ours any more──▶ moving
 *
 * The server has the last word: it states how many messages wait in a partition and how far it was handed out, whatever this process believes about itself. One job that waits for
 * another try does not make its partition stuck. Pure but for its clock, which is an argument.
 */
/** A little less than three looks: with the one before, and the heartbeat that reports it, `/readyz` knows within 15 s. */
export const STUCK_AFTER_MS = 8_500;

/** What the server reports of a partition's consumer. */
export interface PartitionStanding {
  partition: string;
  /** Messages that were not handed out yet. */
  waiting: number;
  /** The last sequence that was handed out. */
  deliveredThrough: number;
}

export interface StuckPartition {
  partition: string;
  for_sec: number;
  why: string;
}

interface Watched {
  deliveredThrough: number;
  /** Since when nothing moved, though messages wait. */
  sinceMs: number | undefined;
}

export class PartitionWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #busySinceMs = new Map<string, number>();
  readonly #lastErrors = new Map<string, string>();

  /** A batch is in hand now, or (`undefined`) is done. */
  busy(partition: string, sinceMs: number | undefined): void {
    if (sinceMs === undefined) {
      this.#busySinceMs.delete(partition);
      this.#lastErrors.delete(partition);
    } else this.#busySinceMs.set(partition, sinceMs);
  }

  /** The partition was released for this reason. */
  failed(partition: string, error: unknown): void {
    this.#busySinceMs.delete(partition);
    this.#lastErrors.set(partition, error instanceof Error ? error.message : String(error));
  }

  /** The partitions that are ours, and how they stand at the server. Returns those that are stuck. */
  seen(standings: readonly PartitionStanding[], nowMs: number): StuckPartition[] {
    const ours = new Set(standings.map(({ partition }) => partition));
    for (const partition of this.#watched.keys()) if (!ours.has(partition)) this.#watched.delete(partition);
    return standings.flatMap((standing) => {
      const before = this.#watched.get(standing.partition);
      const moved = before === undefined || standing.deliveredThrough !== before.deliveredThrough || standing.waiting === 0;
      const sinceMs = standing.waiting === 0 ? undefined : moved ? nowMs : (before.sinceMs ?? nowMs);
      this.#watched.set(standing.partition, { deliveredThrough: standing.deliveredThrough, sinceMs });
      const stillSinceMs = Math.min(sinceMs ?? Infinity, this.#busySinceMs.get(standing.partition) ?? Infinity);
      if (nowMs - stillSinceMs < STUCK_AFTER_MS) return [];
      return [{ partition: standing.partition, for_sec: Math.round((nowMs - stillSinceMs) / 1000), why: this.#why(standing) }];
    });
  }

  #why({ partition, waiting }: PartitionStanding): string {
    const error = this.#lastErrors.get(partition);
    if (error !== undefined) return `it was released after an error, and is pulled again: ${error}`;
    if (this.#busySinceMs.has(partition))
      return 'a batch of it takes very long: NATS does not answer, or the machine is overloaded';
    return `${waiting} messages wait, and NATS delivers none of them`;
  }
}
