/**
 * Reads an input while it arrives, and cuts it between its records, whatever the pieces are in which it comes.
 *
 * Whatever the form, a record becomes one line of JSON (without its line break): of NDJSON and of an array the value as it was written, of CSV an
 * object of strings by column, of text a string. Only this room knows the forms: what is stored and what workers read is NDJSON.
 */
import type { InputForm } from '@manyhands/proto';
import { arrayRecords } from './array-records.ts';
import { csvRecords } from './csv-records.ts';
import { jsonLineRecords, textLineRecords } from './line-records.ts';
import type { Records, RecordRules } from './record-rules.ts';

/** All but those that are stored as they are sent. */
export type RecordForm = Exclude<InputForm, 'table' | 'bytes'>;

const readers: Readonly<Record<RecordForm, (source: AsyncIterable<Buffer>, rules: RecordRules) => Records>> = {
  ndjson: jsonLineRecords,
  json: arrayRecords,
  csv: csvRecords,
  lines: textLineRecords,
};

export function recordsOf(form: RecordForm, source: AsyncIterable<Buffer>, rules: RecordRules): Records {
  return readers[form](source, rules);
}

const formOfType: Readonly<Record<string, InputForm>> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
  'text/csv': 'csv',
  'text/plain': 'lines',
  'application/octet-stream': 'bytes',
};

/** Each `Content-Type` that states a form. */
export const UPLOAD_TYPES: readonly string[] = Object.keys(formOfType);

/** What a `Content-Type` states the form is; undefined when it is none of ours. */
export function formOf(contentType: string): InputForm | undefined {
  return formOfType[contentType.split(';')[0]!.trim().toLowerCase()];
}
