/**
 * Turns that are taken and not used yet, in the order in which they are due. Pure.
 *
 * Invariant: each turn is used once, none before it is due (who takes one that is due soon waits for it), and none that has been due for longer than the one that
 * uses it allows; those are lost.
 */

export interface Turns {
  firstAtMs: number;
  everyMs: number;
  count: number;
}

export class TurnStock {
  readonly #ranges: Turns[] = [];

  /** `turns` are due after all that are here. */
  add(turns: Turns): void {
    if (turns.count > 0) this.#ranges.push({ ...turns });
  }

  clear(): void {
    this.#ranges.length = 0;
  }

  /** When the next turn is due: at most `lateMs` ago, and in `soonMs` at most; undefined when there is none. */
  use(nowMs: number, lateMs: number, soonMs = 0): number | undefined {
    this.#lose(nowMs - lateMs);
    const [range] = this.#ranges;
    if (range === undefined || range.firstAtMs > nowMs + soonMs) return undefined;
    return this.#shift(range, 1).firstAtMs;
  }

  /** All of the first turns that follow each other and are due before `untilMs`. */
  cut(untilMs: number): Turns | undefined {
    const [range] = this.#ranges;
    const count = range === undefined ? 0 : Math.min(range.count, Math.ceil((untilMs - range.firstAtMs) / range.everyMs));
    return range === undefined || count < 1 ? undefined : this.#shift(range, count);
  }

  /** When the next turn is due that is not lost. */
  nextAtMs(nowMs: number, lateMs: number): number | undefined {
    this.#lose(nowMs - lateMs);
    return this.#ranges[0]?.firstAtMs;
  }

  /** When the last turn is due; the past when there is none. */
  get lastAtMs(): number {
    const last = this.#ranges.at(-1);
    return last === undefined ? Number.NEGATIVE_INFINITY : last.firstAtMs + (last.count - 1) * last.everyMs;
  }

  get count(): number {
    return this.#ranges.reduce((sum, { count }) => sum + count, 0);
  }

  #lose(beforeMs: number): void {
    for (let range = this.#ranges[0]; range !== undefined && range.firstAtMs < beforeMs; range = this.#ranges[0])
      this.#shift(range, Math.min(range.count, Math.ceil((beforeMs - range.firstAtMs) / range.everyMs)));
  }

  #shift(range: Turns, count: number): Turns {
    const taken = { ...range, count };
    range.firstAtMs += count * range.everyMs;
    range.count -= count;
    if (range.count === 0) this.#ranges.shift();
    return taken;
  }
}
