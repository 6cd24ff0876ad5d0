/** The pages of answered leases of one job, the newest of each place in its ring. Pure. */
import type { KeptMessage } from '../mirror/feed-entry.ts';
import type { Ring } from '../mirror/followed-job.ts';

export class PageRing implements Ring {
  readonly #pages = new Map<number, KeptMessage>();
  #last = 0;

  /** In the order in which they were stored. */
  get lines(): readonly KeptMessage[] {
    return [...this.#pages.values()];
  }

  /** A sequence that does not rise is one of another stream. */
  add({ sequence, data, subject }: { sequence: number; data: Uint8Array; subject: string }): KeptMessage {
    if (sequence <= this.#last) this.#pages.clear();
    this.#last = sequence;
    const place = Number(subject.slice(subject.lastIndexOf('.') + 1));
    const page = { sequence, place, data };
    this.#pages.delete(place);
    this.#pages.set(place, page);
    return page;
  }
}
