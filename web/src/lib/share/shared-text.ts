/** How what a shared job left is shown: large, as a table, or as text. Pure. */
import type { SharedJob } from '@manyhands/sdk';
import { formatBytes, formatCount } from '../format.ts';
import { shapeOf, type Table } from '../results/shape.ts';

/** A line of text is a headline; more of it is not. */
const headlineCharsMost = 160;
/** Rows of a table, columns of one, and characters of a text that the page has: paper takes fewer. */
const rowsMost = 50;
const columnsMost = 12;
const charsMost = 16_000;

/** `note`: what of it is not shown. */
type SharedResult = ({ as: 'headline' | 'text'; text: string } | { as: 'table'; table: Table }) & { note: string | null };

type Known = Pick<SharedJob, 'output' | 'result' | 'result_bytes' | 'result_part'>;

/** Null while there is none. */
export function sharedResultOf({ output, result, result_bytes: bytes, result_part: part }: Known): SharedResult | null {
  if (bytes === null) return null;
  const size = formatBytes(bytes);
  if (part !== null) {
    const isWhole = new TextEncoder().encode(part).length >= bytes;
    return { as: 'text', text: part, note: isWhole ? null : `The beginning of ${size}.` };
  }
  if (output === 'lines' || (result === null && bytes > 4))
    return { as: 'text', text: '', note: bytes === 0 ? 'It left no lines.' : `Its ${size} are kept no longer.` };
  const shape = shapeOf(result);
  if (shape.as === 'number') return { as: 'headline', text: shape.text, note: null };
  if (shape.as === 'text' && shape.text.length <= headlineCharsMost && !/[\r\n]|^data:/.test(shape.text))
    return { as: 'headline', text: shape.text, note: null };
  if (shape.as === 'table' && shape.table.columns.length <= columnsMost) {
    const { columns, rows } = shape.table;
    const note = rows.length > rowsMost ? `The first ${rowsMost} of ${formatCount(rows.length)} rows.` : null;
    return { as: 'table', table: { columns, rows: rows.slice(0, rowsMost) }, note };
  }
  const text = shape.as === 'text' ? shape.text : JSON.stringify(result, null, 2);
  return { as: 'text', text: text.slice(0, charsMost), note: text.length > charsMost ? `The beginning of ${size}.` : null };
}
