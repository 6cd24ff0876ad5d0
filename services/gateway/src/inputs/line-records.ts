/** Inputs that have a record on each line: NDJSON, and text. Empty lines are no records; the last line needs no line break. */
import { CR, LF } from './bytes.ts';
import { checkRecord, jsonOf, textOf, tooLong } from './json-record.ts';
import type { RecordRules, Records } from './record-rules.ts';

interface Line {
  bytes: Uint8Array;
  /** From 1. */
  number: number;
}

export function jsonLineRecords(source: AsyncIterable<Buffer>, rules: RecordRules): Records {
  return lineRecords(source, rules, (text, number) => (text.trim() === '' ? undefined : jsonOf(text, number, rules)));
}

export function textLineRecords(source: AsyncIterable<Buffer>, rules: RecordRules): Records {
  return lineRecords(source, rules, (text, number) => {
    if (text === '') return undefined;
    const json = JSON.stringify(text);
    if (Buffer.byteLength(json) > rules.recordBytesMax) throw tooLong(number, rules);
    checkRecord(text, number, rules);
    return json;
  });
}

async function* lineRecords(
  source: AsyncIterable<Buffer>,
  rules: RecordRules,
  recordOf: (text: string, number: number) => string | undefined,
): Records {
  for await (const lines of linesOf(source, rules)) {
    const records: string[] = [];
    for (const { bytes, number } of lines) {
      const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
      const text = textOf(bytes.subarray(0, end), number, rules);
      // Some programs begin a file with a byte order mark, which is no part of it.
      const record = recordOf(number === 1 ? text.replace(/^\ufeff/, '') : text, number);
      if (record !== undefined) records.push(record);
    }
    if (records.length > 0) yield records;
  }
}

/** The lines that end in each piece. A line that is too long is refused before the whole of it is here. */
async function* linesOf(source: AsyncIterable<Buffer>, rules: RecordRules): AsyncGenerator<Line[]> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  let number = 1;
  for await (const piece of source) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      const rest = piece.subarray(from, at);
      lines.push({ bytes: begun.length === 0 ? rest : Buffer.concat([...begun, rest]), number });
      begun = [];
      begunBytes = 0;
      number += 1;
      from = at + 1;
    }
    if (from < piece.length) {
      begun.push(piece.subarray(from));
      begunBytes += piece.length - from;
      // One more for a carriage return.
      if (begunBytes > rules.recordBytesMax + 1) throw tooLong(number, rules);
    }
    yield lines;
  }
  if (begun.length > 0) yield [{ bytes: Buffer.concat(begun), number }];
}
