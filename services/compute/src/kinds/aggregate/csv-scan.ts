/**
 * Finds the asked columns in the records of a part of CSV (RFC 4180): fields apart by commas, records by LF or CRLF, fields with either of them between quotes, a quote in
 * them doubled. A line with nothing in it is no record. A carriage return alone ends no record.
 *
 * Invariant: every byte is looked at, so that a record with too few or too many fields is refused and not read in the wrong columns; only the asked cells are
 * kept, as places in the bytes.
 */
import { ComputeRefused } from '@manyhands/worker/task';
import { COMMA, CR, ended, LF, QUOTE } from './bytes.ts';
import { Cells, DOUBLED_QUOTES, PLAIN, textOf } from './cells.ts';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NAMES_SHOWN = 20;

/** Whether a stored part of a `table()` input is CSV: the gateway begins each such part with a byte order mark, which no JSON begins with. */
export function isCsv(part: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, at) => part[at] === byte);
}

/** `take` is called for each record, with the cells of the columns in the order in which they were asked. Throws `ComputeRefused`. */
export function scanCsv(part: Uint8Array, asked: readonly string[], take: (bytes: Uint8Array, cells: Cells) => void): void {
  const bytes = part.length > 0 && part[part.length - 1] === LF ? part : ended(part);
  const names: string[] = [];
  const header = new CsvFields(bytes, isCsv(bytes) ? BYTE_ORDER_MARK.length : 0, [0]);
  header.record(1, () => names.push(header.cells.text(bytes, 0)));
  const places = new Int32Array(names.length).fill(-1);
  asked.forEach((name, cell) => {
    const column = names.indexOf(name);
    if (column === -1) throw new ComputeRefused(`the input has no column ${JSON.stringify(name)}; it has ${shown(names)}`);
    places[column] = cell;
  });
  const fields = new CsvFields(bytes, header.at, places);
  fields.cells.seen.fill(1);
  for (let record = 1; fields.skipEmptyLines(); record += 1) {
    fields.record(record);
    take(bytes, fields.cells);
  }
}

class CsvFields {
  readonly cells: Cells;
  at: number;
  readonly #bytes: Uint8Array;
  readonly #places: ArrayLike<number>;

  constructor(bytes: Uint8Array, at: number, places: ArrayLike<number>) {
    this.#bytes = bytes;
    this.at = at;
    this.#places = places;
    this.cells = new Cells(Math.max(-1, ...Array.from(places)) + 1);
  }

  /** Whether there is one more record. */
  skipEmptyLines(): boolean {
    const bytes = this.#bytes;
    for (;;) {
      if (bytes[this.at] === LF) this.at += 1;
      else if (bytes[this.at] === CR && bytes[this.at + 1] === LF) this.at += 2;
      else return this.at < bytes.length;
    }
  }

  /** `each`: every field becomes cell 0 and is reported, however many there are. */
  record(number: number, each?: () => void): void {
    const bytes = this.#bytes;
    const places = this.#places;
    const { cells } = this;
    const columns = places.length;
    let at = this.at;
    for (let column = 0; ; column += 1) {
      let begin = at;
      let end: number;
      let form = PLAIN;
      if (bytes[at] === QUOTE) {
        begin = at += 1;
        for (;;) {
          while (bytes[at]! !== QUOTE) {
            at += 1;
            if (at >= bytes.length) throw new ComputeRefused(`record ${number} of a part ends inside quotes`);
          }
          if (bytes[at + 1] !== QUOTE) break;
          form = DOUBLED_QUOTES;
          at += 2;
        }
        end = at;
        at += 1;
        if (bytes[at] === CR && bytes[at + 1] === LF) at += 1;
        if (bytes[at] !== COMMA && bytes[at] !== LF)
          throw new ComputeRefused(`record ${number} of a part has something between the end of its quotes and the next comma`);
      } else {
        for (;;) {
          // All that ends a field is at most a comma; most bytes are above.
          while (bytes[at]! > COMMA) at += 1;
          const byte = bytes[at];
          if (byte === COMMA || byte === LF) break;
          if (byte === QUOTE)
            throw new ComputeRefused(`record ${number} of a part has a quote inside a field that does not begin with one`);
          at += 1;
        }
        end = bytes[at] === LF && at > begin && bytes[at - 1] === CR ? at - 1 : at;
      }
      const cell = each ? 0 : column < columns ? places[column]! : -1;
      if (cell >= 0) {
        cells.put(cell, form, begin, end);
        each?.();
      }
      const isLast = bytes[at] === LF;
      at += 1;
      if (!isLast) continue;
      this.at = at;
      if (!each && column + 1 !== columns)
        throw new ComputeRefused(
          `record ${number} of a part has ${column + 1} fields, and the first line names ${columns} columns: ${JSON.stringify(textOf(bytes, cells.begins[0] ?? 0, Math.min(at, (cells.begins[0] ?? 0) + 80)))}`,
        );
      return;
    }
  }
}

function shown(names: readonly string[]): string {
  const some = names
    .slice(0, NAMES_SHOWN)
    .map((name) => JSON.stringify(name))
    .join(', ');
  return names.length > NAMES_SHOWN ? `${some} and ${names.length - NAMES_SHOWN} more` : some;
}
