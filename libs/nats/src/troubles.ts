/**
 * What is tried again and again without success while the server is there, reported once for as long as it lasts.
 *
 *   fine ──failed──▶ failing ──still failing after some seconds──▶ reported ──succeeded──▶ fine (reported, if the failure was)
 *
 * For loops that must go on whatever happens: without this they would go on in silence. While the server is away nothing is reported of what follows from that.
 */

/** A restart of the server, or a change of leaders, takes less. */
const REPORTED_AFTER_MS = 3_000;

export class Troubles {
  #connected = true;
  readonly #listeners = new Set<(sentence: string) => void>();
  readonly #failing = new Map<string, { sinceMs: number; reported: boolean }>();

  connected(connected: boolean): void {
    this.#connected = connected;
    // Whatever fails again after this is counted from then.
    this.#failing.clear();
  }

  /** Returns how to stop. */
  listen(warn: (sentence: string) => void): () => void {
    this.#listeners.add(warn);
    return () => this.#listeners.delete(warn);
  }

  /** `what` is tried again, as in "reading stream A". */
  failed(what: string, error: unknown, nowMs = performance.now()): void {
    if (!this.#connected) return;
    const trouble = this.#failing.get(what) ?? { sinceMs: nowMs, reported: false };
    this.#failing.set(what, trouble);
    if (trouble.reported || nowMs - trouble.sinceMs < REPORTED_AFTER_MS) return;
    trouble.reported = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#warn(`${what} has failed for ${((nowMs - trouble.sinceMs) / 1_000).toFixed(0)} s (${reason}); the service tries again`);
  }

  succeeded(what: string): void {
    const trouble = this.#failing.get(what);
    if (trouble === undefined) return;
    this.#failing.delete(what);
    if (trouble.reported) this.#warn(`${what} succeeds again`);
  }

  #warn(sentence: string): void {
    for (const warn of this.#listeners) warn(sentence);
  }
}
