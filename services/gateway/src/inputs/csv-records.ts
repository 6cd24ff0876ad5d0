/**
 * An input of comma-separated values (RFC 4180): its first line names the columns, each further record is an object of strings.
 *
 * `csv-parse` reads it: quotes with line breaks in them, lines that end with LF, CRLF or CR, a byte order mark, a last line without a line break.
 */
import { once } from 'node:events';
import { parse, type CsvError, type Parser } from 'csv-parse';
import { InputFlaw } from './input-flaw.ts';
import { checkRecord, tooLong } from './json-record.ts';
import type { RecordRules, Records } from './record-rules.ts';

const columnsMax = 1_000;

export async function* csvRecords(source: AsyncIterable<Buffer>, rules: RecordRules): Records {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parser = parse({
    bom: true,
    columns: columnsOf,
    skip_empty_lines: true,
    // Unless they are named, all lines are taken to end as the first one does.
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: rules.recordBytesMax,
    // Only where it is needed: it costs a context for each record.
    ...(rules.check && {
      on_record(record: object, { lines }: { lines: number }) {
        checkRecord(record, lines, rules);
        return record;
      },
    }),
  });
  let failure: Error | undefined;
  parser.on('error', (error: Error) => (failure = error));
  const check = (): void => {
    if (failure !== undefined) throw flawOf(failure, parser, rules);
  };
  const taken = (): string[] => {
    check();
    const records: string[] = [];
    for (let record: unknown = parser.read(); record !== null; record = parser.read()) {
      const json = JSON.stringify(record);
      if (Buffer.byteLength(json) > rules.recordBytesMax) throw tooLong(parser.info.lines, rules);
      records.push(json);
    }
    check();
    return records;
  };
  try {
    for await (const piece of source) {
      let text: string;
      try {
        text = utf8.decode(piece, { stream: true });
      } catch {
        throw new InputFlaw(parser.info.lines, 'it is not UTF-8; send the input in that encoding');
      }
      parser.write(text);
      const records = taken();
      if (records.length > 0) yield records;
    }
    try {
      parser.end(utf8.decode());
    } catch {
      throw new InputFlaw(parser.info.lines, 'it is not UTF-8; send the input in that encoding');
    }
    if (!parser.writableFinished && failure === undefined) await once(parser, 'finish').catch(() => undefined);
    const records = taken();
    if (records.length > 0) yield records;
  } finally {
    parser.destroy();
  }
}

/** Throws `HeaderFlaw`, which `flawOf` makes a flaw of. */
export function columnsOf(header: string[]): string[] {
  if (header.length > columnsMax) throw new HeaderFlaw(`it names ${header.length} columns; at most ${columnsMax} are read`);
  const seen = new Set<string>();
  for (const name of header) {
    if (name === '') throw new HeaderFlaw('it leaves a column without a name; the first line names each of them');
    if (name === '__proto__') throw new HeaderFlaw('it names a column "__proto__", which is not allowed; rename it');
    if (seen.has(name)) throw new HeaderFlaw(`it names the column "${name}" twice; rename one`);
    seen.add(name);
  }
  return [...header];
}

export class HeaderFlaw extends Error {}

function flawOf(error: Error, parser: Parser, rules: RecordRules): InputFlaw {
  if (error instanceof InputFlaw) return error;
  if (error instanceof HeaderFlaw) return new InputFlaw(1, error.message);
  const line = lineOf(error) ?? parser.info.lines;
  if ((error as CsvError).code === 'CSV_MAX_RECORD_SIZE') return tooLong(line, rules);
  return new InputFlaw(line, `it is not CSV (${error.message})`);
}

function lineOf(error: Error): number | undefined {
  const { lines } = error as Partial<CsvError> & { lines?: unknown };
  return typeof lines === 'number' ? lines : undefined;
}
