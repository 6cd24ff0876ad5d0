/** How a line of a log is written: as `console` shows its values, with fields that stay fields where they are JSON. Throws what its values throw. */
import { format, inspect } from 'node:util';
import type { LogLine } from './slot-messages.ts';

export const LINE_LENGTH_MAX = 2_000;

export type WrittenLine = Pick<LogLine, 'message' | 'fields'>;

/** Fields that are too long, or are no JSON, become text. */
export function writtenLine(message: unknown, fields: object | undefined, mask: (text: string) => string): WrittenLine {
  const text = mask(format('%s', message));
  if (fields === undefined) return { message: cut(text) };
  const json = mask(jsonOf(fields) ?? inspect(fields, { breakLength: Infinity }));
  const kept = text.length + json.length <= LINE_LENGTH_MAX ? objectIn(json) : undefined;
  return kept ? { message: text, fields: kept } : { message: cut(`${text} ${json}`) };
}

/** Of `console`. */
export function writtenValues(values: readonly unknown[], mask: (text: string) => string): WrittenLine {
  return { message: cut(mask(format(...values))) };
}

/** A line as one text. */
export function textOf({ message, fields }: WrittenLine): string {
  return fields === undefined ? message : `${message} ${JSON.stringify(fields)}`;
}

function cut(text: string): string {
  return text.length <= LINE_LENGTH_MAX ? text : `${text.slice(0, LINE_LENGTH_MAX - 1)}…`;
}

/** Undefined for what contains itself, a BigInt and the like. */
function jsonOf(fields: object): string | undefined {
  try {
    return JSON.stringify(fields);
  } catch {
    return undefined;
  }
}

/** A mask in the place of a number is no JSON any more. */
function objectIn(json: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
