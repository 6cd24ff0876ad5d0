/** The newest lines of one job, within bounds of lines and bytes. Pure. */
import type { KeptMessage } from '../mirror/feed-entry.ts';
import type { Ring } from '../mirror/followed-job.ts';
import type { StoredLine } from './listed-line.ts';

export const RING_LINES_MAX = 1_000;
export const RING_BYTES_MAX = 512 * 1024;

export class LineRing implements Ring {
  #lines: KeptMessage[] = [];
  #count = 0;
  #epoch = 0;
  #bytes = 0;
  /** The newest line that is not held any more. */
  #leftSequence = 0;

  get lines(): readonly KeptMessage[] {
    return this.#lines;
  }

  get lastSequence(): number {
    return this.#lines.at(-1)?.sequence ?? 0;
  }

  /** Rises when the stream is another one, whose sequences begin again. */
  get epoch(): number {
    return this.#epoch;
  }

  add({ sequence, data }: StoredLine): KeptMessage {
    const line = { sequence, data, place: this.#count % RING_LINES_MAX };
    this.#count += 1;
    if (line.sequence <= this.lastSequence) this.#clear();
    this.#lines.push(line);
    this.#bytes += line.data.length;
    let left = 0;
    while (this.#lines.length - left > RING_LINES_MAX || (this.#bytes > RING_BYTES_MAX && this.#lines.length - left > 1)) {
      const leaving = this.#lines[left]!;
      this.#bytes -= leaving.data.length;
      this.#leftSequence = leaving.sequence;
      left += 1;
    }
    if (left > 0) this.#lines = this.#lines.slice(left);
    return line;
  }

  /** The lines after this one; undefined when some of them are not held. */
  after(sequence: number): readonly StoredLine[] | undefined {
    if (sequence < this.#leftSequence) return undefined;
    return this.#lines.slice(this.#lines.findLastIndex((line) => line.sequence <= sequence) + 1);
  }

  #clear(): void {
    this.#epoch += 1;
    this.#lines = [];
    this.#bytes = 0;
    this.#leftSequence = 0;
  }
}
