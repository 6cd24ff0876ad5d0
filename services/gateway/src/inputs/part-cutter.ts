/**
 * Gathers records into parts: what is stored as one message. A record is never cut, and a part is never larger than it may be.
 */
export interface Part {
  /** NDJSON, without a line break at its end. */
  text: string;
  records: number;
  bytes: number;
}

export class PartCutter {
  readonly #bytesMax: number;
  #lines: string[] = [];
  #bytes = 0;

  /** `bytesMax`: at least as much as the longest record. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The parts that are full now that these records came. */
  push(records: readonly string[]): Part[] {
    const full: Part[] = [];
    for (const record of records) {
      const bytes = Buffer.byteLength(record);
      if (this.#lines.length > 0 && this.#bytes + 1 + bytes > this.#bytesMax) full.push(...this.end());
      this.#bytes += (this.#lines.length > 0 ? 1 : 0) + bytes;
      this.#lines.push(record);
    }
    return full;
  }

  /** The part that is begun, if any. */
  end(): Part[] {
    if (this.#lines.length === 0) return [];
    const part = { text: this.#lines.join('\n'), records: this.#lines.length, bytes: this.#bytes };
    this.#lines = [];
    this.#bytes = 0;
    return [part];
  }
}
