/** Holds the records of an input against the JSON Schema that a kind has of one. */
import { flawIn, type ParamsCheck } from '../kinds/params-check.ts';
import type { RecordRules } from './record-rules.ts';

export function itemCheck(compiled: ParamsCheck): NonNullable<RecordRules['check']> {
  return (value) => {
    try {
      return flawIn(compiled, value, 'the record');
    } catch (error) {
      if (error instanceof RangeError) return 'it is nested too deep';
      throw error;
    }
  };
}
