/**
 * Lines as CSV (RFC 4180): fields that need it in quotes, lines that end with CRLF, and a header. Pure.
 *
 * The header is made from the first lines, because what is sent cannot be taken back: `index`, then the keys of the first `SAMPLE_LINES_MAX` lines in the order
 * in which they come, `COLUMNS_MAX` at most. An output that is no object has its value in column `output`. Where there are more lines or keys than that, one
 * more column, `more`, takes what has no column of its own, as JSON: nothing is lost. A name that an output uses itself gets a `_` at its end.
 *
 * Texts are written as they are, `null` and what is missing as nothing, numbers and booleans as in JSON, lists and objects as JSON. A number that a double does not hold
 * keeps its digits: workers of other languages leave such.
 */
import { exactNumber } from '@manyhands/proto/json-number';
import { csvRow } from './csv-row.ts';
import { linesOf, type Lines } from './whole-lines.ts';

export const SAMPLE_LINES_MAX = 1_000;
export const COLUMNS_MAX = 1_000;
const sampleBytesMax = 1024 ** 2;

export async function* csvOf(all: AsyncIterable<Lines>): AsyncGenerator<Buffer, void> {
  const first: Lines[] = [];
  let sampled = { lines: 0, bytes: 0 };
  let table: Table | undefined;
  for await (const lines of all) {
    if (table !== undefined) {
      yield table.rows(lines);
      continue;
    }
    first.push(lines);
    sampled = { lines: sampled.lines + lines.count, bytes: sampled.bytes + lines.bytes.length };
    if (sampled.lines <= SAMPLE_LINES_MAX && sampled.bytes <= sampleBytesMax) continue;
    table = new Table(first, true);
    yield table.header;
    for (const held of first) yield table.rows(held);
  }
  if (table !== undefined) return;
  table = new Table(first, false);
  yield table.header;
  for (const held of first) yield table.rows(held);
}

class Table {
  readonly header: Buffer;
  readonly #columns: ReadonlySet<string>;
  readonly #hasBare: boolean;
  readonly #hasMore: boolean;

  /** `goesOn`: lines may come whose keys are not known now. */
  constructor(first: readonly Lines[], goesOn: boolean) {
    const keys = new Set<string>();
    let hasBare = false;
    let left = SAMPLE_LINES_MAX;
    for (const lines of first) {
      for (const line of linesOf(lines)) {
        left -= 1;
        if (left < 0) break;
        const output = outputOf(line);
        if (isRecord(output)) for (const key of Object.keys(output)) keys.add(key);
        else hasBare = true;
      }
    }
    const columns = new Set([...keys].slice(0, COLUMNS_MAX));
    const hasMore = goesOn || keys.size > COLUMNS_MAX;
    this.#columns = columns;
    this.#hasBare = hasBare;
    this.#hasMore = hasMore;
    const own = (name: string): string => (columns.has(name) ? own(`${name}_`) : name);
    this.header = Buffer.from(
      csvRow([own('index'), ...(hasBare ? [own('output')] : []), ...columns, ...(hasMore ? [own('more')] : [])]),
    );
  }

  rows(lines: Lines): Buffer {
    let index = lines.index;
    let text = '';
    for (const line of linesOf(lines)) {
      text += this.#row(index, outputOf(line));
      index += 1;
    }
    return Buffer.from(text);
  }

  #row(index: number, output: unknown): string {
    const fields = isRecord(output) ? output : {};
    return csvRow([
      String(index),
      ...(this.#hasBare ? [isRecord(output) ? '' : field(output)] : []),
      ...Array.from(this.#columns, (key) => (Object.hasOwn(fields, key) ? field(fields[key]) : '')),
      ...(this.#hasMore ? [this.#more(output)] : []),
    ]);
  }

  #more(output: unknown): string {
    if (!isRecord(output)) return this.#hasBare ? '' : JSON.stringify(output);
    const others = Object.entries(output).filter(([key]) => !this.#columns.has(key));
    return others.length === 0 ? '' : JSON.stringify(Object.fromEntries(others));
  }
}

/** What every number is within that JavaScript would round. */
const LONG_NUMBER = /\d{16}|[eE][+-]?\d{3}/;
/** Of ECMAScript 2026, which Node has: a value that `JSON.stringify` writes as the text it was made of. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => object;
  isRawJSON: (value: unknown) => boolean;
};

function outputOf(line: Buffer): unknown {
  const text = line.toString('utf8');
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = typeof value === 'number' ? context?.source : undefined;
    return source !== undefined && typeof exactNumber(source) === 'string' ? rawJSON(source) : value;
  });
}

function isRecord(output: unknown): output is Record<string, unknown> {
  return typeof output === 'object' && output !== null && !Array.isArray(output) && !isRawJSON(output);
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
