/**
 * Which members are alive, from their heartbeats. Pure: time comes in.
 *
 * Invariant: a member is alive from its heartbeat until it leaves, or until nothing was received of it for the life time. The bucket
 * announces the end of a key, but an announcement can be missed while the connection is away, so silence ends a member as well.
 */
export class LiveMembers {
  readonly #lifetimeMs: number;
  readonly #heardAtMs = new Map<string, number>();

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** Sorted, so that equal sets are equal lists. */
  get ids(): string[] {
    return [...this.#heardAtMs.keys()].sort();
  }

  /** Each returns true when the set of members changed by it. */
  beat(id: string, nowMs: number): boolean {
    const joined = !this.#heardAtMs.has(id);
    this.#heardAtMs.set(id, nowMs);
    return joined;
  }

  leave(id: string): boolean {
    return this.#heardAtMs.delete(id);
  }

  /** Ends those not received for too long. */
  expire(nowMs: number): boolean {
    const silent = [...this.#heardAtMs].filter(([, heardAtMs]) => nowMs - heardAtMs >= this.#lifetimeMs);
    for (const [id] of silent) this.#heardAtMs.delete(id);
    return silent.length > 0;
  }

  /** Gives every member a whole life time again: while the connection was lost no heartbeat could be received. */
  excuse(nowMs: number): void {
    for (const id of this.#heardAtMs.keys()) this.#heardAtMs.set(id, nowMs);
  }
}
