/**
 * Finds the asked fields in the records of a part of NDJSON: one JSON object a line.
 *
 * Each line is JSON: the gateway has read it. So values that are not asked are skipped over, and what is refused here is only what has no cells: a record that is no
 * object, a field that is an object or a list. Of a name that is there twice the last one counts, as in `JSON.parse`.
 */
import { ComputeRefused } from '@manyhands/worker/task';
import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, COLON, COMMA, LETTER_N, LIST_CLOSE, LIST_OPEN, QUOTE, SPACE } from './bytes.ts';
import { Cells, ESCAPED, isAt, MISSING, PLAIN, textOf } from './cells.ts';

/** `take` is called for each record, with the cells of the fields in the order in which they were asked. Throws `ComputeRefused`. */
export function scanNdjson(bytes: Uint8Array, asked: readonly string[], take: (bytes: Uint8Array, cells: Cells) => void): void {
  const scan = new NdjsonScan(bytes, asked);
  for (let record = 1; scan.next(record); record += 1) take(bytes, scan.cells);
}

class NdjsonScan {
  readonly cells: Cells;
  readonly #bytes: Uint8Array;
  readonly #asked: readonly string[];
  /** As they are written without escapes. */
  readonly #names: readonly Uint8Array[];
  #at = 0;

  constructor(bytes: Uint8Array, asked: readonly string[]) {
    this.#bytes = bytes;
    this.#asked = asked;
    this.#names = asked.map((name) => new TextEncoder().encode(name));
    this.cells = new Cells(asked.length);
  }

  /** Whether there was one more record. */
  next(record: number): boolean {
    const bytes = this.#bytes;
    this.#blanks();
    if (this.#at >= bytes.length) return false;
    if (bytes[this.#at] !== BRACE_OPEN)
      throw new ComputeRefused(`record ${record} of a part is no object; send objects, one a line`);
    this.cells.forms.fill(MISSING);
    this.#at += 1;
    for (;;) {
      this.#blanks();
      if (bytes[this.#at] === BRACE_CLOSE) break;
      if (bytes[this.#at] === COMMA) {
        this.#at += 1;
        continue;
      }
      const cell = this.#name();
      this.#blanks();
      if (bytes[this.#at] !== COLON) throw new ComputeRefused(`record ${record} of a part is not JSON`);
      this.#at += 1;
      this.#blanks();
      this.#value(cell, record);
    }
    this.#at += 1;
    return true;
  }

  #blanks(): void {
    while (this.#at < this.#bytes.length && this.#bytes[this.#at]! <= SPACE) this.#at += 1;
  }

  /** The asked field that the name at this place is of, or -1. */
  #name(): number {
    const begin = this.#at + 1;
    const hasEscapes = this.#string();
    const end = this.#at - 1;
    if (hasEscapes) return this.#asked.indexOf(JSON.parse(textOf(this.#bytes, begin - 1, end + 1)) as string);
    for (let cell = 0; cell < this.#names.length; cell += 1) if (isAt(this.#bytes, begin, end, this.#names[cell]!)) return cell;
    return -1;
  }

  /** Goes behind a string; whether it has escapes. */
  #string(): boolean {
    const bytes = this.#bytes;
    let hasEscapes = false;
    let at = this.#at + 1;
    for (; at < bytes.length && bytes[at] !== QUOTE; at += 1)
      if (bytes[at] === BACKSLASH) {
        hasEscapes = true;
        at += 1;
      }
    this.#at = at + 1;
    return hasEscapes;
  }

  #value(cell: number, record: number): void {
    const bytes = this.#bytes;
    const begin = this.#at;
    const first = bytes[begin];
    let form = PLAIN;
    if (first === QUOTE) {
      if (this.#string()) form = ESCAPED;
    } else if (first === BRACE_OPEN || first === LIST_OPEN) {
      this.#skipNested();
      if (cell >= 0)
        throw new ComputeRefused(
          `record ${record} of a part has ${first === BRACE_OPEN ? 'an object' : 'a list'} as ${JSON.stringify(this.#asked[cell])}; only texts, numbers, true, false and null can be grouped and added`,
        );
    } else {
      while (this.#at < bytes.length && !isEnd(bytes[this.#at]!)) this.#at += 1;
      if (first === LETTER_N) form = MISSING;
    }
    if (cell < 0) return;
    this.cells.seen[cell] = 1;
    const quote = first === QUOTE ? 1 : 0;
    this.cells.put(cell, form, begin + quote, this.#at - quote);
  }

  #skipNested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) {
        this.#string();
        continue;
      }
      this.#at += 1;
      if (byte === BRACE_OPEN || byte === LIST_OPEN) depth += 1;
      else if (byte === BRACE_CLOSE || byte === LIST_CLOSE) depth -= 1;
      if (depth === 0) return;
    }
  }
}

function isEnd(byte: number): boolean {
  return byte === COMMA || byte === BRACE_CLOSE || byte <= SPACE;
}
