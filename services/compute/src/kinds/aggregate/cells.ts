/** Where the asked cells of one record are in the bytes of its part: a scanner fills it in again for each record. */

/** There is none, or it is `null`. */
export const MISSING = 0;
/** The bytes are the text. */
export const PLAIN = 1;
/** Of CSV, between quotes, with doubled quotes in it. */
export const DOUBLED_QUOTES = 2;
/** Of JSON, a string with escapes; its quotes are the bytes before and behind. */
export const ESCAPED = 3;

export class Cells {
  readonly forms: Uint8Array;
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  /** 1 for a cell that some record has had, also as `null`. */
  readonly seen: Uint8Array;

  constructor(count: number) {
    this.seen = new Uint8Array(count);
    this.forms = new Uint8Array(count);
    this.begins = new Int32Array(count);
    this.ends = new Int32Array(count);
  }

  put(cell: number, form: number, begin: number, end: number): void {
    this.forms[cell] = form;
    this.begins[cell] = begin;
    this.ends[cell] = end;
  }

  /** The bytes of the text of a cell that is not `PLAIN`, as UTF-8. */
  decoded(bytes: Uint8Array, cell: number): Uint8Array {
    const [begin, end] = [this.begins[cell]!, this.ends[cell]!];
    if (this.forms[cell] === MISSING) return NOTHING;
    if (this.forms[cell] === ESCAPED) return utf8.encode(JSON.parse(textOf(bytes, begin - 1, end + 1)) as string);
    if (this.forms[cell] === DOUBLED_QUOTES) return utf8.encode(textOf(bytes, begin, end).replaceAll('""', '"'));
    return bytes.subarray(begin, end);
  }

  text(bytes: Uint8Array, cell: number): string {
    const decoded = this.decoded(bytes, cell);
    return textOf(decoded, 0, decoded.length);
  }
}

const utf8 = new TextEncoder();
const NOTHING = new Uint8Array();

export function textOf({ buffer, byteOffset }: Uint8Array, begin: number, end: number): string {
  return Buffer.from(buffer, byteOffset + begin, end - begin).toString();
}

/** Whether the bytes `[begin, end)` are those of a name. */
export function isAt(bytes: Uint8Array, begin: number, end: number, name: Uint8Array): boolean {
  if (end - begin !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) if (bytes[begin + at] !== name[at]) return false;
  return true;
}
