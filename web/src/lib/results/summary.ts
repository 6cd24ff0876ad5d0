/** A result that is more than a line, in a few words for a list. Pure. */
import type { JobView } from '@manyhands/proto';
import { formatBytes, formatCount, formatResult } from '../format.ts';

/** `3 rows`, `2 fields`; empty when there is none, or when it is shown itself. */
export function shapeSummary(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  return `${formatCount(count)} ${Array.isArray(value) ? (count === 1 ? 'row' : 'rows') : count === 1 ? 'field' : 'fields'}`;
}

/** The result of a completed job on one line; null where it is not one value that fits there. */
export function shownResult({
  result,
  output,
  stored,
  completed_chunks: done,
}: Pick<JobView, 'result' | 'output' | 'stored' | 'completed_chunks'>): string | null {
  if (output === 'lines') return `${formatCount(done)} ${done === 1 ? 'line' : 'lines'}`;
  if (stored) return formatBytes(stored.bytes);
  return typeof result === 'object' ? null : formatResult(result);
}
