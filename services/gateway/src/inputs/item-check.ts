/** Holds the records of an input against the JSON Schema that a kind has of one. Both throw when it is no JSON Schema. */
import { compileParams, flawIn, type ParamsCheck } from '../kinds/params-check.ts';
import type { RecordRules } from './record-rules.ts';

type RecordCheck = NonNullable<RecordRules['check']>;

export function itemCheck(schema: object): RecordCheck {
  return checkBy(compileParams(schema));
}

/** For rows of CSV: `"12"` may be a number. What is stored stays a text, and the task code reads it with its own schema. */
export function rowCheck(schema: object): RecordCheck {
  const check = checkBy(compileParams(schema, { coerceTypes: true }));
  return (row) => check({ ...(row as object) });
}

function checkBy(compiled: ParamsCheck): RecordCheck {
  return (value) => {
    try {
      return flawIn(compiled, value, 'the record');
    } catch (error) {
      if (error instanceof RangeError) return 'it is nested too deep';
      throw error;
    }
  };
}
