/**
 * What one client is sent, and what waits for it while it does not read.
 *
 *   free ──write the system could not take whole──▶ behind ──written, nothing waits──▶ free        behind ──too long──▶ cut
 *
 * Invariant: while anything is unwritten the newest state of each slot waits, whole, and older ones are dropped. So a client that never
 * reads holds one write (`BATCH_BYTES_MAX`, or one state if that is larger) and an entry for each key that changed meanwhile; the bytes
 * themselves are shared with every other client.
 */
import { newsOf, type Batch, type Channel, type News, type State } from './channel.ts';

/** A connection to write to. */
export interface Sink {
  /** Bytes that the operating system has not taken yet; 0 when it is closed. */
  readonly writableLength: number;
  write(bytes: Uint8Array): void;
  /** How a batch is written, where that is not as it is. */
  packed?(batch: Batch): Uint8Array;
  /** Ends it without waiting for the client. */
  cut(): void;
}

/** Entries that may wait for longer than a moment. One costs about 50 bytes: 500 of them and a write are under 64 KiB. */
export const WAITING_MAX = 500;
const momentMs = 1_000;
const entryBytes = 50;

export class Outlet {
  readonly #sink: Sink;
  readonly #stuckMs: number;
  /** In the order in which the keys first had something to send. */
  readonly #waiting = new Map<string, State>();
  #stuckSinceMs: number | undefined;
  #isCut = false;

  /** `stuckMs`: a client that has taken nothing for so long is ended. It does not read, or its line carries less than 1 KiB/s. */
  constructor(sink: Sink, stuckMs: number) {
    this.#sink = sink;
    this.#stuckMs = stuckMs;
  }

  get isBehind(): boolean {
    return this.#waiting.size > 0 || this.#sink.writableLength > 0;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Bytes held for this client alone, and the write that is under way, counted as if it were its own. */
  get heldBytes(): number {
    return this.#sink.writableLength + this.#waiting.size * entryBytes;
  }

  take(news: News): void {
    for (const batch of news.batches) {
      if (!this.isBehind) this.#write(this.#sink.packed?.(batch) ?? batch.bytes);
      else for (const state of batch.states) this.#waiting.set(state.slot, state.whole ?? state);
    }
  }

  /** Drops what waits of a channel. */
  forget(channel: Channel): void {
    for (const [slot, state] of this.#waiting) if (state.channel === channel) this.#waiting.delete(slot);
  }

  clear(): void {
    this.#waiting.clear();
  }

  catchUp(nowMs: number): void {
    if (this.#sink.writableLength > 0) {
      this.#stuckSinceMs ??= nowMs;
      const patienceMs = this.#waiting.size > WAITING_MAX ? momentMs : this.#stuckMs;
      if (nowMs - this.#stuckSinceMs >= patienceMs) this.#cut();
      return;
    }
    this.#stuckSinceMs = undefined;
    const states = [...this.#waiting.values()];
    this.#waiting.clear();
    this.take(newsOf(states));
  }

  /** Only when all before is written, so a client that is written to is not stuck. */
  #write(bytes: Uint8Array): void {
    this.#stuckSinceMs = undefined;
    this.#sink.write(bytes);
  }

  #cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#sink.cut();
  }
}
