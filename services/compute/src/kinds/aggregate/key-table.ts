/**
 * Numbers the different texts of some cells, from 0, in order of first sight: a hash table over their bytes, so that no string is made for a record whose group is known.
 */
import { type Cells, PLAIN } from './cells.ts';

/** Behind each text of a key; no UTF-8 has it. */
const END = 0xff;
const FIRST_SLOTS = 256;

export class KeyTable {
  readonly #cells: readonly number[];
  /** All keys, one after the other. */
  #keys = new Uint8Array(4096);
  /** Where each key ends. */
  #ends = new Int32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  #slots = new Int32Array(FIRST_SLOTS).fill(-1);
  #size = 0;
  readonly #json: string[] = [];

  /** `cells`: the key, in this order. */
  constructor(cells: readonly number[]) {
    this.#cells = cells;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the key of this record. */
  of(bytes: Uint8Array, cells: Cells): number {
    const from = this.#size === 0 ? 0 : this.#ends[this.#size - 1]!;
    let at = from;
    let hash = 0x811c9dc5;
    const { forms, begins, ends } = cells;
    for (let index = 0; index < this.#cells.length; index += 1) {
      const cell = this.#cells[index]!;
      let source = bytes;
      let begin = begins[cell]!;
      let end = ends[cell]!;
      if (forms[cell] !== PLAIN) {
        source = cells.decoded(bytes, cell);
        begin = 0;
        end = source.length;
      }
      if (at + end - begin + 1 > this.#keys.length) this.#widen(at + end - begin + 1);
      // Written behind the last key, where it stays when it is new.
      const keys = this.#keys;
      for (let place = begin; place < end; place += 1) {
        const byte = source[place]!;
        keys[at++] = byte;
        hash = Math.imul(hash ^ byte, 0x01000193);
      }
      keys[at++] = END;
      hash = Math.imul(hash ^ END, 0x01000193);
    }
    return this.#find(from, at, hash ^ (hash >>> 15));
  }

  /** The texts of a key, as a JSON array. */
  json(number: number): string {
    return (this.#json[number] ??= JSON.stringify(this.#texts(number)));
  }

  #texts(number: number): string[] {
    let at = number === 0 ? 0 : this.#ends[number - 1]!;
    return this.#cells.map(() => {
      const end = this.#keys.indexOf(END, at);
      const text = Buffer.from(this.#keys.buffer, at, end - at).toString();
      at = end + 1;
      return text;
    });
  }

  #find(from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot]! >= 0; slot = (slot + 1) & mask) {
      const known = this.#slots[slot]!;
      if (this.#hashes[known] === hash && this.#isSame(known, from, to)) return known;
    }
    const number = this.#size;
    if (number === this.#ends.length) {
      this.#ends = grown(this.#ends);
      this.#hashes = grown(this.#hashes);
    }
    this.#ends[number] = to;
    this.#hashes[number] = hash;
    this.#slots[slot] = number;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#spread();
    return number;
  }

  #isSame(known: number, from: number, to: number): boolean {
    const keys = this.#keys;
    const begin = known === 0 ? 0 : this.#ends[known - 1]!;
    if (this.#ends[known]! - begin !== to - from) return false;
    for (let at = 0; at < to - from; at += 1) if (keys[begin + at] !== keys[from + at]) return false;
    return true;
  }

  #spread(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number += 1) {
      let slot = this.#hashes[number]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }

  #widen(bytes: number): void {
    const keys = new Uint8Array(Math.max(bytes, this.#keys.length * 2));
    keys.set(this.#keys);
    this.#keys = keys;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
