/**
 * A work-queue consumer of the simulated broker: explicit acks, ack wait, delivery counts, nak with delay.
 *
 *   waiting ──pulled──▶ held ──ack | term──▶ gone from the stream
 *                       held ──nak | ack wait over──▶ waiting again, its count kept
 */
import type { Schedule } from '../schedule.ts';
import { handOver, PullQueue, type PullRequest } from './pull-queue.ts';
import type { StoredStream } from './stored-stream.ts';

export class LaneConsumer {
  readonly name: string;
  readonly filter: string;
  readonly #pulls: PullQueue;
  readonly #stream: StoredStream;
  readonly #schedule: Schedule;
  readonly #ackWaitMs: number;
  readonly #held = new Map<number, { untilMs: number; count: number }>();
  readonly #counts = new Map<number, number>();
  readonly #again: number[] = [];
  #cursor = 0;
  #order = 0;

  constructor(parts: { name: string; filter: string; stream: StoredStream; schedule: Schedule; ackWaitMs: number }) {
    this.name = parts.name;
    this.filter = parts.filter;
    this.#stream = parts.stream;
    this.#schedule = parts.schedule;
    this.#ackWaitMs = parts.ackWaitMs;
    this.#pulls = new PullQueue(parts.schedule);
  }

  /** Handed out and not settled. */
  get heldCount(): number {
    for (const sequence of this.#held.keys()) if (this.#stream.get(sequence) === undefined) this.#held.delete(sequence);
    return this.#held.size;
  }

  pull(request: PullRequest): void {
    this.#pulls.add(request);
    this.serve();
    if (!request.waits) this.#pulls.end(request, 404);
  }

  /** Hands out what waits to whoever asks. */
  serve(): void {
    for (;;) {
      const request = this.#pulls.first();
      const stored = request && this.#next();
      if (stored === undefined) return;
      const count = (this.#counts.get(stored.sequence) ?? 0) + 1;
      this.#counts.set(stored.sequence, count);
      this.#hold(stored.sequence, count, this.#ackWaitMs);
      const where = { stream: this.#stream.name, consumer: this.name, count, order: (this.#order += 1) };
      handOver(request!, stored, where);
    }
  }

  settle(sequence: number, answer: string): void {
    const held = this.#held.get(sequence);
    if (answer.startsWith('+ACK') || answer.startsWith('+TERM')) {
      this.#held.delete(sequence);
      this.#stream.remove(sequence);
    } else if (held === undefined) {
      return;
    } else if (answer.startsWith('+WPI')) {
      this.#hold(sequence, held.count, this.#ackWaitMs);
    } else if (answer.startsWith('-NAK')) {
      const delayMs = answer.length > 4 ? (JSON.parse(answer.slice(4)) as { delay: number }).delay / 1e6 : 0;
      this.#hold(sequence, held.count, delayMs);
    }
  }

  #hold(sequence: number, count: number, ms: number): void {
    const held = { untilMs: this.#schedule.nowMs + ms, count };
    this.#held.set(sequence, held);
    this.#schedule.after(ms, () => {
      if (this.#held.get(sequence) !== held) return;
      this.#held.delete(sequence);
      this.#again.push(sequence);
      this.serve();
    });
  }

  #next() {
    while (this.#again.length > 0) {
      const stored = this.#stream.get(this.#again.shift()!);
      if (stored !== undefined) return stored;
    }
    const stored = this.#stream.next(this.filter, this.#cursor + 1);
    if (stored !== undefined) this.#cursor = stored.sequence;
    return stored;
  }
}
