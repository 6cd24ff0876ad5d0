/**
 * Cuts CSV (RFC 4180) between its records while it arrives, and leaves its bytes as they were sent: for kinds that read them themselves.
 *
 *   outside quotes ──a quote that begins a field──▶ in quotes ──a quote that is not doubled──▶ outside quotes
 *
 * Invariant: no record is in two parts, whatever line breaks it has between quotes; each part begins with a byte order mark and the first line, so it is a file of its own.
 * Fields are not counted here: the task code finds a record with too many. Where there are no quotes, only line breaks are looked for.
 */
import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { BYTE_ORDER_MARK, COMMA, CR, LF, QUOTE } from './bytes.ts';
import { columnsOf, HeaderFlaw } from './csv-records.ts';
import { InputFlaw } from './input-flaw.ts';
import type { StoredPart } from './part-cutter.ts';
import { tooLong } from './json-record.ts';

const PIECE_BYTES_MAX = 64 * 1024;
/** It is in every part. */
export const HEADER_BYTES_MAX = 64 * 1024;

export class TableCutter {
  readonly #bytesMax: number;
  /** The mark and the first line, whole records, and one that is begun. */
  #buffer: Buffer;
  #end = BYTE_ORDER_MARK.length;
  #scanned = BYTE_ORDER_MARK.length;
  #recordBegin = BYTE_ORDER_MARK.length;
  /** Undefined while the first line is not whole. */
  #headerEnd: number | undefined;
  #isBegun = false;
  #inQuotes = false;
  #records = 0;
  /** Of what was sent: where the record that is begun is, and the first record of the part. */
  #line = 1;
  #partLine = 1;

  /** `bytesMax`: of a part; more than `HEADER_BYTES_MAX`. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#buffer = Buffer.alloc(2 * bytesMax + PIECE_BYTES_MAX);
    BYTE_ORDER_MARK.copy(this.#buffer);
  }

  /** The parts that are full now. Throws `InputFlaw`. */
  push(piece: Buffer): StoredPart[] {
    const parts: StoredPart[] = [];
    for (let from = 0; from < piece.length; from += PIECE_BYTES_MAX) {
      this.#end += piece.copy(this.#buffer, this.#end, from, Math.min(piece.length, from + PIECE_BYTES_MAX));
      if (!this.#isPastMark()) continue;
      this.#scan(parts);
      if (this.#end - this.#recordBegin > this.#recordMax) throw this.#tooLong();
    }
    return parts;
  }

  /** The last part, if any. Throws `InputFlaw`. */
  end(): StoredPart[] {
    const parts: StoredPart[] = [];
    if (this.#end > this.#recordBegin) {
      // Also when the last record has no line break.
      this.#buffer[this.#end++] = LF;
      this.#scan(parts);
    }
    if (this.#inQuotes) throw new InputFlaw(this.#line, 'the record that begins here ends inside quotes');
    if (this.#headerEnd === undefined) throw new InputFlaw(1, 'there is no first line; it names the columns');
    if (this.#records > 0) parts.push(this.#part());
    return parts;
  }

  get #recordMax(): number {
    return this.#headerEnd === undefined ? HEADER_BYTES_MAX : this.#bytesMax - this.#headerEnd;
  }

  #tooLong(): InputFlaw {
    return this.#headerEnd === undefined
      ? new InputFlaw(1, `the first line is longer than ${HEADER_BYTES_MAX} bytes`)
      : tooLong(this.#line, { recordBytesMax: this.#recordMax });
  }

  /** Of the file itself, once its first bytes are here; false before. */
  #isPastMark(): boolean {
    const begin = BYTE_ORDER_MARK.length;
    if (this.#isBegun) return true;
    if (this.#end < 2 * begin) return false;
    this.#isBegun = true;
    if (this.#buffer.subarray(begin, 2 * begin).equals(BYTE_ORDER_MARK)) {
      this.#buffer.copyWithin(begin, 2 * begin, this.#end);
      this.#end -= begin;
    }
    return true;
  }

  #scan(parts: StoredPart[]): void {
    let seen = this.#buffer.subarray(0, this.#end);
    let at = this.#scanned;
    let quoteAt = -1;
    while (at < seen.length) {
      if (this.#inQuotes) {
        const found = seen.indexOf(QUOTE, at);
        const next = found === -1 ? undefined : seen[found + 1];
        if (next === undefined || (next === CR && found + 2 >= seen.length)) {
          at = found === -1 ? seen.length : found;
          break;
        }
        if (next === QUOTE) at = found + 2;
        else if (next === COMMA || next === LF || (next === CR && seen[found + 2] === LF)) {
          this.#inQuotes = false;
          at = found + 1;
        } else throw this.#flawAt(found, 'something stands between the end of the quotes and the next comma');
        continue;
      }
      const lineBreak = seen.indexOf(LF, at);
      if (quoteAt < at) quoteAt = indexOrEnd(seen, at);
      if (quoteAt < (lineBreak === -1 ? seen.length : lineBreak)) {
        if (quoteAt !== this.#recordBegin && seen[quoteAt - 1] !== COMMA)
          throw this.#flawAt(quoteAt, 'there is a quote inside a field that does not begin with one');
        this.#inQuotes = true;
        at = quoteAt + 1;
        continue;
      }
      at = lineBreak === -1 ? seen.length : lineBreak + 1;
      if (lineBreak === -1) break;
      const moved = this.#endRecord(at, parts);
      if (moved === 0) continue;
      at -= moved;
      quoteAt = -1;
      seen = this.#buffer.subarray(0, this.#end);
    }
    this.#scanned = at;
  }

  /** How far the rest was moved to the front. */
  #endRecord(end: number, parts: StoredPart[]): number {
    const begin = this.#recordBegin;
    if (end - begin > this.#recordMax + 1) throw this.#tooLong();
    const isEmpty = end - begin === 1 || (end - begin === 2 && this.#buffer[begin] === CR);
    if (this.#headerEnd === undefined) {
      if (isEmpty) throw new InputFlaw(this.#line, 'the first line is empty; it names the columns');
      this.#readHeader(begin, end);
      this.#headerEnd = end;
    } else {
      let moved = 0;
      if (end > this.#bytesMax && this.#records > 0) {
        parts.push(this.#part());
        moved = begin - this.#headerEnd;
        this.#buffer.copyWithin(this.#headerEnd, begin, this.#end);
        this.#end -= moved;
        this.#partLine = this.#line;
      }
      if (!isEmpty) this.#records += 1;
      this.#line += lineBreaks(this.#buffer, begin - moved, end - moved);
      this.#recordBegin = end - moved;
      return moved;
    }
    this.#line += lineBreaks(this.#buffer, begin, end);
    this.#partLine = this.#line;
    this.#recordBegin = end;
    return 0;
  }

  /** All whole records up to the one that is begun, or has just ended. */
  #part(): StoredPart {
    const part = { bytes: Buffer.from(this.#buffer.subarray(0, this.#recordBegin)), records: this.#records };
    if (!isUtf8(part.bytes)) throw notUtf8(part.bytes.subarray(this.#headerEnd), this.#partLine);
    this.#records = 0;
    return part;
  }

  #readHeader(begin: number, end: number): void {
    const line = this.#buffer.subarray(begin, end);
    if (!isUtf8(line)) throw notUtf8(line, 1);
    try {
      const [header = [], ...others] = parse(line, { relax_column_count: true }) as string[][];
      if (others.length > 0)
        throw new HeaderFlaw(
          'it ends with a carriage return; lines that end with carriage returns alone are not read, so end them with line feeds',
        );
      columnsOf(header);
    } catch (error) {
      throw error instanceof HeaderFlaw ? new InputFlaw(1, error.message) : error;
    }
  }

  #flawAt(at: number, sentence: string): InputFlaw {
    return new InputFlaw(this.#line + lineBreaks(this.#buffer, this.#recordBegin, at), `it is not CSV: ${sentence}`);
  }
}

function indexOrEnd(bytes: Buffer, at: number): number {
  const found = bytes.indexOf(QUOTE, at);
  return found === -1 ? bytes.length : found;
}

function lineBreaks(bytes: Buffer, begin: number, end: number): number {
  let count = 0;
  const stretch = bytes.subarray(begin, end);
  for (let at = stretch.indexOf(LF); at !== -1; at = stretch.indexOf(LF, at + 1)) count += 1;
  return count;
}

function notUtf8(bytes: Buffer, line: number): InputFlaw {
  let at = line;
  for (let from = 0; from < bytes.length; at += 1) {
    const found = bytes.indexOf(LF, from);
    const end = found === -1 ? bytes.length : found + 1;
    if (!isUtf8(bytes.subarray(from, end))) break;
    from = end;
  }
  return new InputFlaw(at, 'it is not UTF-8; send the input in that encoding');
}
