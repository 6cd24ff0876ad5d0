/**
 * Adds up the numbers of one column, for each group: exact, whatever their digits.
 *
 *   numbers ──a sum or a value leaves the exact numbers──▶ BigInts
 *
 * Invariant: all values are whole units of one scale, the finest seen; as long as they are numbers, each is one that a float of 64 bits holds exactly.
 */
import { ComputeRefused } from '@manyhands/worker/task';
import { type Cells, PLAIN } from './cells.ts';
import { readDecimal, readSmall, small, type Units, unitsOf } from './decimal.ts';
import type { Entry } from './partial.ts';
import type { ValueColumn } from './plan.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const FIRST_GROUPS = 64;
const POWERS = Array.from({ length: 16 }, (_, digits) => Number(`1e${digits}`));

interface Bigs {
  sums: bigint[];
  least: (bigint | undefined)[];
  most: (bigint | undefined)[];
}

export class ValueTally {
  readonly #column: ValueColumn;
  #counts: Float64Array<ArrayBuffer>;
  #sums: Float64Array<ArrayBuffer>;
  #least: Float64Array<ArrayBuffer>;
  #most: Float64Array<ArrayBuffer>;
  #bigs: Bigs | undefined;
  #scale = 0;

  /** `groups`: how many are known already. */
  constructor(column: ValueColumn, groups: number) {
    this.#column = column;
    const length = Math.max(FIRST_GROUPS, groups);
    this.#counts = new Float64Array(length);
    this.#sums = new Float64Array(length);
    this.#least = new Float64Array(length).fill(Infinity);
    this.#most = new Float64Array(length).fill(-Infinity);
  }

  get scale(): number {
    return this.#scale;
  }

  /** Throws `ComputeRefused` for a text that is no number. A cell without a text counts as none. */
  add(group: number, bytes: Uint8Array, cells: Cells): void {
    const { cell } = this.#column;
    if (group >= this.#counts.length) this.#widen(group);
    if (cells.forms[cell] === PLAIN && readSmall(bytes, cells.begins[cell]!, cells.ends[cell]!)) {
      this.#addSmall(group, small.units, small.scale);
      return;
    }
    const text = cells.text(bytes, cell);
    if (text === '') return;
    const value = readDecimal(text);
    if (value === undefined)
      throw new ComputeRefused(
        `${JSON.stringify(text.slice(0, 60))} in column ${JSON.stringify(this.#column.name)} is no number`,
      );
    this.#addBig(group, value.units, value.scale);
  }

  /** Appends to an entry: the count of its values, and what is asked of them. */
  leave(group: number, entry: Entry): void {
    const { wantsSum, wantsMin, wantsMax } = this.#column;
    const count = this.#counts[group] ?? 0;
    const bigs = this.#bigs;
    const unitsFrom = (of: Float64Array, big: (bigint | undefined)[] | undefined): Units | null =>
      count === 0 ? null : bigs ? unitsOf(big![group]!) : of[group]!;
    entry.push(count);
    if (wantsSum) entry.push(unitsFrom(this.#sums, bigs?.sums) ?? 0);
    if (wantsMin) entry.push(unitsFrom(this.#least, bigs?.least));
    if (wantsMax) entry.push(unitsFrom(this.#most, bigs?.most));
  }

  #addSmall(group: number, sent: number, scale: number): void {
    if (this.#bigs) return this.#addBig(group, BigInt(sent), scale);
    let units = sent;
    if (scale !== this.#scale) {
      if (scale > this.#scale) this.#refine(scale);
      else units *= POWERS[this.#scale - scale] ?? Infinity;
      if (this.#bigs || units > MAX || units < -MAX) return this.#addBig(group, BigInt(sent), scale);
    }
    const sum = this.#sums[group]! + units;
    if (sum > MAX || sum < -MAX) return this.#addBig(group, BigInt(sent), scale);
    this.#counts[group]! += 1;
    this.#sums[group] = sum;
    if (units < this.#least[group]!) this.#least[group] = units;
    if (units > this.#most[group]!) this.#most[group] = units;
  }

  #addBig(group: number, sent: bigint, scale: number): void {
    if (scale > this.#scale) this.#refine(scale);
    const { sums, least, most } = (this.#bigs ??= this.#made());
    const units = sent * 10n ** BigInt(this.#scale - scale);
    this.#counts[group]! += 1;
    sums[group] = (sums[group] ?? 0n) + units;
    if (least[group] === undefined || units < least[group]) least[group] = units;
    if (most[group] === undefined || units > most[group]) most[group] = units;
  }

  #refine(scale: number): void {
    const digits = scale - this.#scale;
    const all = [this.#sums, this.#least, this.#most];
    // An infinity stays one; a value that would leave the exact numbers makes BigInts of all.
    const power = POWERS[digits] ?? Infinity;
    const isFine = all.every((units) => units.every((one) => one === 0 || !Number.isFinite(one) || Math.abs(one * power) <= MAX));
    if (!isFine) this.#bigs ??= this.#made();
    if (this.#bigs) {
      const factor = 10n ** BigInt(digits);
      for (const units of [this.#bigs.sums, this.#bigs.least, this.#bigs.most])
        units.forEach((one, group) => {
          if (one !== undefined) units[group] = one * factor;
        });
    } else if (power !== Infinity)
      for (const units of all) for (let group = 0; group < units.length; group += 1) units[group]! *= power;
    this.#scale = scale;
  }

  #made(): Bigs {
    const bigs: Bigs = { sums: [], least: [], most: [] };
    this.#counts.forEach((count, group) => {
      if (count === 0) return;
      bigs.sums[group] = BigInt(this.#sums[group]!);
      bigs.least[group] = BigInt(this.#least[group]!);
      bigs.most[group] = BigInt(this.#most[group]!);
    });
    return bigs;
  }

  #widen(group: number): void {
    const length = Math.max(group + 1, this.#counts.length * 2);
    const wider = (of: Float64Array, filler: number): Float64Array<ArrayBuffer> => {
      const array = new Float64Array(length).fill(filler);
      array.set(of);
      return array;
    };
    this.#counts = wider(this.#counts, 0);
    this.#sums = wider(this.#sums, 0);
    this.#least = wider(this.#least, Infinity);
    this.#most = wider(this.#most, -Infinity);
  }
}
