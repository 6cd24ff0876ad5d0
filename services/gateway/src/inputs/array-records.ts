/**
 * An input that is one JSON array: its elements are the records.
 *
 *   before ──[──▶ element ──,──▶ element      element ──]──▶ after
 *
 * Only brackets, quotes and commas are looked at here, byte by byte; whether an element is JSON, `JSON.parse` states.
 */
import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, BYTE_ORDER_MARK, CLOSE, COMMA, LF, OPEN, QUOTE } from './bytes.ts';
import { InputFlaw } from './input-flaw.ts';
import { jsonOf, textOf, tooLong } from './json-record.ts';
import type { RecordRules, Records } from './record-rules.ts';

export async function* arrayRecords(source: AsyncIterable<Buffer>, rules: RecordRules): Records {
  const reader = new ArrayReader(rules);
  for await (const piece of source) {
    const records = reader.push(piece);
    if (records.length > 0) yield records;
  }
  reader.end();
}

class ArrayReader {
  readonly #rules: RecordRules;
  #place: 'before' | 'elements' | 'after' = 'before';
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #beganAtLine = 1;
  #line = 1;
  #offset = 0;
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #count = 0;

  constructor(rules: RecordRules) {
    this.#rules = rules;
  }

  push(piece: Buffer): string[] {
    const records: string[] = [];
    let from = this.#place === 'elements' ? 0 : piece.length;
    for (let at = 0; at < piece.length; at += 1, this.#offset += 1) {
      const byte = piece[at]!;
      if (byte === LF) this.#line += 1;
      if (this.#place !== 'elements') {
        if (this.#outside(byte)) from = at + 1;
        continue;
      }
      const ends = this.#isBorder(byte);
      if (ends === undefined) continue;
      const record = this.#elementOf(piece.subarray(from, at), ends === CLOSE);
      if (record !== undefined) records.push(record);
      from = at + 1;
      this.#beganAtLine = this.#line;
      if (ends === CLOSE) {
        this.#place = 'after';
        from = piece.length;
      }
    }
    if (from < piece.length) {
      this.#begun.push(piece.subarray(from));
      this.#begunBytes += piece.length - from;
      if (this.#begunBytes > this.#rules.recordBytesMax) throw tooLong(this.#beganAtLine, this.#rules);
    }
    return records;
  }

  /** Throws unless the array has ended. */
  end(): void {
    if (this.#place === 'before') throw new InputFlaw(this.#line, 'there is no JSON array; send one, like [1, 2]');
    if (this.#place === 'elements') throw new InputFlaw(this.#line, 'the input ends in the middle of the array');
  }

  /** Whether the array begins with this byte. */
  #outside(byte: number): boolean {
    const isBlank = byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === LF;
    if (isBlank || (this.#place === 'before' && byte === BYTE_ORDER_MARK[this.#offset])) return false;
    if (this.#place === 'after') throw new InputFlaw(this.#line, 'there is something behind the array');
    if (byte !== OPEN) {
      throw new InputFlaw(
        this.#line,
        'it is not a JSON array; send one, like [1, 2], or name another form, like Content-Type: application/x-ndjson',
      );
    }
    this.#place = 'elements';
    this.#beganAtLine = this.#line;
    return true;
  }

  /** The comma or bracket that ends an element, or undefined. */
  #isBorder(byte: number): number | undefined {
    if (this.#isText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isText = false;
      return undefined;
    }
    if (byte === QUOTE) this.#isText = true;
    else if (byte === OPEN || byte === BRACE_OPEN) this.#depth += 1;
    else if (this.#depth === 0 && (byte === COMMA || byte === CLOSE)) return byte;
    else if (byte === CLOSE || byte === BRACE_CLOSE) this.#depth -= 1;
    return undefined;
  }

  /** `undefined` for the nothing between the brackets of an empty array. */
  #elementOf(rest: Buffer, isLast: boolean): string | undefined {
    const bytes = this.#begun.length === 0 ? rest : Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    this.#begunBytes = 0;
    const text = textOf(bytes, this.#beganAtLine, this.#rules);
    if (isLast && this.#count === 0 && text.trim() === '') return undefined;
    this.#count += 1;
    try {
      return jsonOf(text, this.#beganAtLine + linesBefore(text), this.#rules);
    } catch (error) {
      if (error instanceof InputFlaw) error.index = this.#count - 1;
      throw error;
    }
  }
}

/** Line breaks between the comma and the element; none when there is no element. */
function linesBefore(text: string): number {
  const first = text.search(/\S/);
  return first < 0 ? 0 : text.slice(0, first).split('\n').length - 1;
}
