/**
 * The records of an input, by their place in it. Pure but for the reading of parts.
 *
 * Holds one part: what is asked for in rising order reads each part once at most.
 */
import type { InputRecord } from '@manyhands/proto';
import { linesOf } from './whole-lines.ts';

export class StoredItems {
  readonly #parts: readonly number[];
  readonly #readPart: (part: number) => Promise<Uint8Array>;
  #held: { from: number; lines: readonly Buffer[] } | undefined;
  /** The part that is held, and the first record behind it. */
  #part = -1;
  #next = 0;

  constructor({ parts }: Pick<InputRecord, 'parts'>, readPart: (part: number) => Promise<Uint8Array>) {
    this.#parts = parts;
    this.#readPart = readPart;
  }

  /** The JSON of a record as it is stored; undefined where the input has none. Throws what `readPart` throws. */
  async at(index: number): Promise<Buffer | undefined> {
    if (index < (this.#held?.from ?? this.#next)) this.#rewind();
    while (index >= this.#next) {
      const records = this.#parts[this.#part + 1];
      if (records === undefined) return undefined;
      this.#part += 1;
      const from = this.#next;
      this.#next += records;
      this.#held = undefined;
      if (index >= this.#next) continue;
      const part = await this.#readPart(this.#part);
      this.#held = { from, lines: [...linesOf({ bytes: Buffer.from(part.buffer, part.byteOffset, part.byteLength) })] };
    }
    return this.#held?.lines[index - this.#held.from];
  }

  #rewind(): void {
    this.#held = undefined;
    this.#part = -1;
    this.#next = 0;
  }
}
