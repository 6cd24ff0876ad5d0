/** Holds the records of an input against the JSON Schema that a kind has of one. Both throw when it is no JSON Schema. */
import { rowReader } from '@manyhands/proto/csv-row';
import { compileParams, flawIn } from '../kinds/params-check.ts';
import type { RecordRules } from './record-rules.ts';

type RecordCheck = NonNullable<RecordRules['check']>;

export function itemCheck(schema: object): RecordCheck {
  const compiled = compileParams(schema);
  return (value) => {
    try {
      return flawIn(compiled, value, 'the record');
    } catch (error) {
      if (error instanceof RangeError) return 'it is nested too deep';
      throw error;
    }
  };
}

/** For rows of CSV, whose fields are texts: `"12"` may be a number. What is stored stays a text, and the worker reads it by the same rule. */
export function rowCheck(schema: object, check: RecordCheck): RecordCheck {
  const read = rowReader(schema);
  return (row) => {
    const made = read(row as Record<string, string>);
    return made.is === 'read' ? check(made.row) : made.why;
  };
}
