/** Gathers records into parts: what is stored as one message. A record is never cut, and a part is never larger than it may be. */
import { LF } from './bytes.ts';

export interface StoredPart {
  /** Of records: NDJSON, each line ended. */
  bytes: Uint8Array;
  records: number;
}

export class PartCutter {
  readonly #bytesMax: number;
  #lines: string[] = [];
  #bytes = 0;

  /** `bytesMax`: at least as much as the longest record and its line break. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The parts that are full now that these records came. */
  push(records: readonly string[]): StoredPart[] {
    const full: StoredPart[] = [];
    for (const record of records) {
      const bytes = Buffer.byteLength(record) + 1;
      if (this.#lines.length > 0 && this.#bytes + bytes > this.#bytesMax) full.push(...this.end());
      this.#bytes += bytes;
      this.#lines.push(record);
    }
    return full;
  }

  /** The part that is begun, if any. */
  end(): StoredPart[] {
    if (this.#lines.length === 0) return [];
    const part = { bytes: encoded(this.#lines, this.#bytes), records: this.#lines.length };
    this.#lines = [];
    this.#bytes = 0;
    return [part];
  }
}

/** Line by line: as one text, half a megabyte would be copied twice. */
function encoded(lines: readonly string[], length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const line of lines) {
    at += bytes.write(line, at);
    bytes[at++] = LF;
  }
  return bytes;
}
