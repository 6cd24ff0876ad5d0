/** Timers by the time they fall due; those due together fire in the order they were set. */
import type { Life } from './life.ts';

export interface Timer {
  atMs: number;
  /** The process it dies with; undefined: the broker's. */
  owner: Life | undefined;
  due: () => void;
}

interface Entry extends Timer {
  order: number;
  cancelled: boolean;
}

export class TimerQueue {
  /** A binary heap, the earliest first. */
  readonly #heap: Entry[] = [];
  #order = 0;

  get nextAtMs(): number {
    this.#clean();
    return this.#heap[0]?.atMs ?? Infinity;
  }

  add(timer: Timer): () => void {
    const entry: Entry = { ...timer, order: (this.#order += 1), cancelled: false };
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
    return () => void (entry.cancelled = true);
  }

  takeDue(nowMs: number): Timer | undefined {
    this.#clean();
    const first = this.#heap[0];
    return first !== undefined && first.atMs <= nowMs ? this.#pop() : undefined;
  }

  #clean(): void {
    while (this.#heap[0] !== undefined && (this.#heap[0].cancelled || this.#heap[0].owner?.alive === false)) this.#pop();
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child += 1;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    if (heap.length > 0) heap[at] = last;
    return first;
  }
}

function earlier(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
