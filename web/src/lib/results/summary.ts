/** A result that is more than a line, in a few words for a list. Pure. */
import { formatCount } from '../format.ts';

/** `3 rows`, `2 fields`; empty when there is none, or when it is shown itself. */
export function shapeSummary(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  return `${formatCount(count)} ${Array.isArray(value) ? (count === 1 ? 'row' : 'rows') : count === 1 ? 'field' : 'fields'}`;
}
