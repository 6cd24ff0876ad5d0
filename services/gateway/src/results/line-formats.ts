/**
 * The forms in which lines are sent. Pure.
 *
 * - `lines` (the usual one): `{"index":17,"output":…}` a line; the index is that of the item, so a line that is missing is seen.
 * - `bare`: the outputs alone, a line each, as the task code returned them.
 * - `json`: one array of the objects of `lines`.
 * - `csv`: csv-format.ts.
 */
import { csvOf } from './csv-format.ts';
import { linesOf, type Lines } from './whole-lines.ts';

export const LINE_FORMATS = ['lines', 'bare', 'csv', 'json'] as const;
export type LineFormat = (typeof LINE_FORMATS)[number];

interface FormatOfLines {
  readonly type: string;
  /** Of a file that holds it. */
  readonly ending: string;
  readonly write: (lines: AsyncIterable<Lines>) => AsyncIterable<Buffer>;
}

export const FORMATS: Readonly<Record<LineFormat, FormatOfLines>> = {
  lines: { type: 'application/x-ndjson; charset=utf-8', ending: 'ndjson', write: numbered },
  bare: { type: 'application/x-ndjson; charset=utf-8', ending: 'ndjson', write: bare },
  csv: { type: 'text/csv; charset=utf-8; header=present', ending: 'csv', write: csvOf },
  json: { type: 'application/json; charset=utf-8', ending: 'json', write: array },
};

async function* bare(all: AsyncIterable<Lines>): AsyncGenerator<Buffer, void> {
  for await (const { bytes } of all) yield bytes;
}

async function* numbered(all: AsyncIterable<Lines>): AsyncGenerator<Buffer, void> {
  for await (const lines of all) yield objectsOf(lines, '}\n');
}

async function* array(all: AsyncIterable<Lines>): AsyncGenerator<Buffer, void> {
  let opening = Buffer.from('[\n');
  for await (const lines of all) {
    const objects = objectsOf(lines, '},\n');
    // The last one has no comma: that is written before the next one.
    yield Buffer.concat([opening, objects.subarray(0, -2)]);
    opening = Buffer.from(',\n');
  }
  yield Buffer.from(opening[0] === 0x5b ? '[]\n' : '\n]\n');
}

const before = '{"index":';
const between = ',"output":';
const digitsMax = 16;

/** `{"index":17,"output":…` and `ending`, of each line. */
function objectsOf(lines: Lines, ending: string): Buffer {
  const added = before.length + digitsMax + between.length + ending.length;
  const objects = Buffer.allocUnsafe(lines.bytes.length + lines.count * added);
  let index = lines.index;
  let at = 0;
  for (const line of linesOf(lines)) {
    at += objects.write(`${before}${index}${between}`, at, 'latin1');
    at += line.copy(objects, at);
    at += objects.write(ending, at, 'latin1');
    index += 1;
  }
  return objects.subarray(0, at);
}
