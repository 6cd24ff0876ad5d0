/** JSON as values, in which no whole number is another than it was written. Pure. */
import { exactIfWhole, MAY_ROUND } from '@manyhands/proto/json-number';

/**
 * A whole number that JavaScript would round, and a number too large for any, is its digits as a string: ids of 64 bits stay what they are. Of other numbers the nearest
 * is taken, which is what was meant by them. Throws for what is no JSON.
 */
export function readExactJson(text: string): unknown {
  if (!MAY_ROUND.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = typeof value === 'number' ? context?.source : undefined;
    return source !== undefined && typeof exactIfWhole(source) === 'string' ? source : value;
  });
}
