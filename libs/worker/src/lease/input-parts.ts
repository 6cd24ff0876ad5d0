/**
 * The parts of inputs that leases are cut from, as far as they are here: neighbouring leases share parts, so those used last are kept.
 *
 * Invariant: what is here never changes, because inputs never do: a copy is given out, and a part that could not be read is asked for again.
 */
import type { InputRecord } from '@manyhands/proto';

/** Where inputs are read from. */
export interface InputReader {
  /** Throws `input_lost` when there is none, or none any more. */
  record(tenant: string, input: string): Promise<InputRecord>;
  /** Throws `input_lost` as well. */
  part(tenant: string, input: string, part: number): Promise<Uint8Array>;
}

/** A stored input. */
export interface InputPlan {
  record: InputRecord;
  /** Of each part its first record, and at the end how many records there are. */
  firsts: readonly number[];
}

/** One part: NDJSON. */
export class RecordPart {
  readonly bytes: Uint8Array;
  /** Where each record ends, with its line break. */
  readonly #ends: Uint32Array;

  constructor(bytes: Uint8Array, records: number) {
    this.bytes = bytes;
    this.#ends = new Uint32Array(records);
    let found = 0;
    for (let at = 0; at < bytes.length && found < records; found += 1) {
      const lineBreak = bytes.indexOf(0x0a, at);
      at = lineBreak === -1 ? bytes.length : lineBreak + 1;
      this.#ends[found] = at;
    }
    if (found < records) throw new RangeError(`a part holds ${found} records instead of ${records}`);
  }

  /** Where a record of this part begins; that of the one after the last is the end. */
  begin(record: number): number {
    return record === 0 ? 0 : this.#ends[record - 1]!;
  }
}

const RECORDS_KEPT = 100;
const BYTES_KEPT_MAX = 64 * 1024 ** 2;
/** What a part takes beside its bytes is little. */
const PART_BYTES_MIN = 1_024;

export class InputParts {
  readonly #reader: InputReader;
  readonly #bytesMax: number;
  readonly #plans = new Map<string, Promise<InputPlan>>();
  /** The part used last is the last. */
  readonly #parts = new Map<string, { reading: Promise<RecordPart>; bytes: number }>();
  #bytes = 0;

  constructor(reader: InputReader, bytesMax = BYTES_KEPT_MAX) {
    this.#reader = reader;
    this.#bytesMax = bytesMax;
  }

  /** Bytes of the parts that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  async plan(tenant: string, input: string): Promise<InputPlan> {
    const key = `${tenant} ${input}`;
    const kept = this.#plans.get(key);
    if (kept) return kept;
    const reading = this.#reader.record(tenant, input).then(planOf);
    this.#plans.set(key, reading);
    reading.catch(() => this.#plans.delete(key));
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= RECORDS_KEPT) break;
      this.#plans.delete(oldest);
    }
    return reading;
  }

  /** A part as it is stored, in memory of its own; it is not kept. */
  async whole(tenant: string, input: string, part: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#reader.part(tenant, input, part));
  }

  async part(tenant: string, { record: { input_id: input, parts } }: InputPlan, part: number): Promise<RecordPart> {
    const key = `${tenant} ${input} ${part}`;
    const kept = this.#parts.get(key);
    if (kept) {
      this.#parts.delete(key);
      this.#parts.set(key, kept);
      return kept.reading;
    }
    const entry = { reading: this.whole(tenant, input, part).then((bytes) => new RecordPart(bytes, parts[part]!)), bytes: 0 };
    this.#parts.set(key, entry);
    try {
      const { bytes } = await entry.reading;
      entry.bytes = bytes.length + PART_BYTES_MIN + parts[part]! * Uint32Array.BYTES_PER_ELEMENT;
      this.#bytes += entry.bytes;
      this.#forgetOldest();
    } catch (error) {
      this.#parts.delete(key);
      throw error;
    }
    return entry.reading;
  }

  /** Those on their way count nothing yet, and stay. */
  #forgetOldest(): void {
    for (const [key, { bytes }] of this.#parts) {
      if (this.#bytes <= this.#bytesMax) return;
      if (bytes === 0) continue;
      this.#parts.delete(key);
      this.#bytes -= bytes;
    }
  }
}

function planOf(record: InputRecord): InputPlan {
  const firsts = [0];
  for (const records of record.parts) firsts.push(firsts.at(-1)! + records);
  return { record, firsts };
}
