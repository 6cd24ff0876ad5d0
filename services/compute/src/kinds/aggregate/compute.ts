/** Scans one part of the input and leaves what its records add up to. Throws `ComputeRefused` for a record that cannot be read. */
import type { Cells } from './cells.ts';
import { isCsv, scanCsv } from './csv-scan.ts';
import { KeyTable } from './key-table.ts';
import { scanNdjson } from './ndjson-scan.ts';
import { type Entry, type Partial, within } from './partial.ts';
import type { Plan } from './plan.ts';
import { ValueTally } from './value-tally.ts';

/** Records between two looks at `stopped`. */
const RECORDS_PER_LOOK = 4_096;

class Stopped extends Error {}

/** Groups that are known from one part of the input to the next, so that most of their names are made once. */
const KNOWN_GROUPS_MAX = 20_000;
const known = new WeakMap<Plan, KeyTable>();

/** Ends early with an error when `stopped()` is true. */
export function aggregatePart(part: Uint8Array, plan: Plan, stopped: () => boolean = () => false): Partial {
  const keys = keysOf(plan);
  const tallies = plan.values.map((column) => new ValueTally(column, keys.size));
  const pairs = plan.distinct.map(({ cell }) => new DistinctTexts([...plan.keyCells, cell]));
  let rows = new Float64Array(Math.max(256, keys.size));
  let seen: Uint8Array = new Uint8Array(plan.asked.length);
  let looksIn = RECORDS_PER_LOOK;
  const take = (bytes: Uint8Array, cells: Cells): void => {
    const group = keys.of(bytes, cells);
    if (group >= rows.length) rows = doubled(rows);
    rows[group]! += 1;
    for (let at = 0; at < tallies.length; at += 1) tallies[at]!.add(group, bytes, cells);
    for (let at = 0; at < pairs.length; at += 1) pairs[at]!.add(group, bytes, cells);
    seen = cells.seen;
    if ((looksIn -= 1) > 0) return;
    looksIn = RECORDS_PER_LOOK;
    if (stopped()) throw new Stopped('stopped');
  };
  (isCsv(part) ? scanCsv : scanNdjson)(part, plan.asked, take);

  const groups: Record<string, Entry> = {};
  let chars = 0;
  let size = 0;
  for (let group = 0; group < keys.size; group += 1) {
    if (!(rows[group]! > 0)) continue;
    const key = keys.json(group);
    size += 1;
    chars += key.length;
    const entry: Entry = [rows[group]!];
    for (const tally of tallies) tally.leave(group, entry);
    for (const pair of pairs) entry.push(pair.of(group));
    groups[key] = entry;
  }
  const held = {
    scales: tallies.map(({ scale }) => scale),
    seen: [...seen],
    groups,
    size,
    texts: pairs.reduce((sum, { count }) => sum + count, 0),
    chars: chars + pairs.reduce((sum, pair) => sum + pair.chars, 0),
  };
  return within(held, plan.bounds);
}

function keysOf(plan: Plan): KeyTable {
  let keys = known.get(plan);
  if (keys === undefined || keys.size > KNOWN_GROUPS_MAX) known.set(plan, (keys = new KeyTable(plan.keyCells)));
  return keys;
}

/** The different texts of a column, by group. A cell without a text counts as none. */
class DistinctTexts {
  readonly #cell: number;
  readonly #pairs: KeyTable;
  readonly #ofGroup: Record<string, 1>[] = [];
  count = 0;
  chars = 0;

  /** `cells`: of the group, then the column. */
  constructor(cells: readonly number[]) {
    this.#cell = cells.at(-1)!;
    this.#pairs = new KeyTable(cells);
  }

  add(group: number, bytes: Uint8Array, cells: Cells): void {
    const cell = this.#cell;
    if (cells.forms[cell] === 0 || cells.begins[cell] === cells.ends[cell]) return;
    const before = this.#pairs.size;
    this.#pairs.of(bytes, cells);
    if (this.#pairs.size === before) return;
    const text = `=${cells.text(bytes, cell)}`;
    (this.#ofGroup[group] ??= {})[text] = 1;
    this.count += 1;
    this.chars += text.length;
  }

  of(group: number): Record<string, 1> {
    return this.#ofGroup[group] ?? {};
  }
}

function doubled(of: Float64Array): Float64Array<ArrayBuffer> {
  const array = new Float64Array(of.length * 2);
  array.set(of);
  return array;
}
