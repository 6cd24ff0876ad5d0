/**
 * Which viewer a value gets. Pure.
 *
 *   a number, digits ──▶ number      a string ──▶ text      a list of objects, or of plain values ──▶ table
 *   an object of plain values ──▶ fields      all else ──▶ tree
 */
import { formatCount, formatResult } from '../format.ts';

export interface Table {
  columns: string[];
  /** One value for each column; undefined where a row has none. */
  rows: unknown[][];
}

export interface Field {
  name: string;
  value: unknown;
}

export type ResultShape =
  | { as: 'number'; text: string }
  | { as: 'text'; text: string }
  | { as: 'table'; table: Table }
  | { as: 'fields'; fields: Field[] }
  | { as: 'tree' };

/** A table wider than this is read better as a tree. */
export const columnsMost = 60;
/** The only column of a list of plain values. */
const plainColumn = 'value';

export function shapeOf(value: unknown): ResultShape {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null)
    return { as: 'number', text: formatResult(value) };
  if (typeof value === 'string')
    return /^-?\d{1,1000}$/.test(value) ? { as: 'number', text: formatResult(value) } : { as: 'text', text: value };
  const table = Array.isArray(value) ? tableOf(value) : null;
  if (table) return { as: 'table', table };
  const fields = isObject(value) ? Object.entries(value).map(([name, each]) => ({ name, value: each })) : [];
  const isFlat = fields.length > 0 && fields.length <= columnsMost && fields.every((field) => isPlain(field.value));
  return isFlat ? { as: 'fields', fields } : { as: 'tree' };
}

/** The rows as a table: objects by their names in order of first sight, or plain values in one column. Null where they are mixed, deeper, or too wide. */
export function tableOf(values: readonly unknown[]): Table | null {
  if (values.length === 0) return null;
  if (values.every(isPlain)) return { columns: [plainColumn], rows: values.map((value) => [value]) };
  if (!values.every(isObject)) return null;
  const columns = [...new Set(values.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0 || columns.length > columnsMost) return null;
  return { columns, rows: values.map((row) => columns.map((column) => (Object.hasOwn(row, column) ? row[column] : undefined))) };
}

/** The rows in the order of one column: numbers by size, all else as text, what is not there at the end. */
export function sortedRows({ rows }: Table, column: number, descending: boolean): unknown[][] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [a[column], b[column]];
    if (isMissing(left) || isMissing(right)) return Number(isMissing(left)) - Number(isMissing(right));
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * cellText(left).localeCompare(cellText(right), 'en', { numeric: true });
  });
}

/** A cell as it is read; what is deeper as JSON. */
export function cellText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A cell as a page shows it: a whole number with its digits grouped. */
export function shownCell(value: unknown): string {
  return typeof value === 'number' && Number.isSafeInteger(value) ? formatCount(value) : cellText(value);
}

/** As RFC 4180 has it: a header, CRLF, quotes where they are needed. */
export function csvOf({ columns, rows }: Table): string {
  const line = (cells: readonly unknown[]) => cells.map((cell) => csvCell(cell === null ? '' : cellText(cell))).join(',');
  return [columns, ...rows].map((cells) => `${line(cells)}\r\n`).join('');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
