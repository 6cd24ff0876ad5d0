/**
 * The newest value of each key of one topic.
 *
 *   unseen ──first value, whatever its revision──▶ held ──newer revision──▶ held ──empty value──▶ gone
 *      └─ still unseen when the replay ends ──▶ gone (it left while we were away)
 *
 * Invariant: within one connection a key's revision only rises. Across connections it may fall, because the store behind a
 * restarted gateway may be a new one; so each connection starts with every key unseen, and what is on show stays until then.
 */
import type { BridgeFrame } from './bridge-frame.ts';

interface Held<T> {
  value: T | null;
  revision: number;
  seen: boolean;
}

export class LiveValues<T> {
  readonly #held = new Map<string, Held<T>>();

  /** A new connection: what it says counts, whatever was held before. */
  restart(): void {
    for (const held of this.#held.values()) held.seen = false;
  }

  /** Every current value was sent: keys that were not among them are gone. Answers whether anything changed. */
  replayed(): boolean {
    let changed = false;
    for (const [key, held] of this.#held) {
      if (held.seen) continue;
      this.#held.delete(key);
      changed = true;
    }
    return changed;
  }

  /** Takes a frame if it is newer than what is held. Answers whether it was. */
  offer(frame: BridgeFrame): boolean {
    const { key, revision } = frame.head;
    const held = this.#held.get(key);
    if (held?.seen && held.revision >= revision) return false;
    const value = frame.value === '' ? null : (JSON.parse(frame.value) as T);
    this.#held.set(key, { value, revision, seen: true });
    return true;
  }

  /** Values held, by key; keys that are gone are left out. */
  values(): T[] {
    return [...this.#held.values()].flatMap((held) => (held.value === null ? [] : [held.value]));
  }

  get(key: string): T | null {
    return this.#held.get(key)?.value ?? null;
  }
}
