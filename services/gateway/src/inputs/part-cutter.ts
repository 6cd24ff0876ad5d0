/**
 * Gathers records into parts: what is stored as one message. A record is never cut, and a part is never larger than it may be.
 */
export interface Part {
  /** NDJSON, each line ended. */
  text: string;
  records: number;
  bytes: number;
}

export interface StoredPart {
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
  push(records: readonly string[]): Part[] {
    const full: Part[] = [];
    for (const record of records) {
      const bytes = Buffer.byteLength(record) + 1;
      if (this.#lines.length > 0 && this.#bytes + bytes > this.#bytesMax) full.push(...this.end());
      this.#bytes += bytes;
      this.#lines.push(record);
    }
    return full;
  }

  /** The part that is begun, if any. */
  end(): Part[] {
    if (this.#lines.length === 0) return [];
    const part = { text: `${this.#lines.join('\n')}\n`, records: this.#lines.length, bytes: this.#bytes };
    this.#lines = [];
    this.#bytes = 0;
    return [part];
  }
}
