/**
 * Makes things one after the other, for many who ask. Pure, apart from the order in which promises are done.
 *
 * Invariant: of one who asks, one thing waits at most: who asks again meanwhile gets the same, which is begun after both asked. So a wait is no longer than it takes
 * to make one thing for each.
 */
export class OneEach<Made> {
  /** By who asked: what is not begun. */
  readonly #waiting = new Map<string, Promise<Made>>();
  #before: Promise<unknown> = Promise.resolve();

  of(who: string, make: () => Promise<Made>): Promise<Made> {
    const waiting = this.#waiting.get(who);
    if (waiting !== undefined) return waiting;
    const made = this.#before.then(() => {
      this.#waiting.delete(who);
      return make();
    });
    this.#before = made.catch(() => undefined);
    this.#waiting.set(who, made);
    return made;
  }
}
