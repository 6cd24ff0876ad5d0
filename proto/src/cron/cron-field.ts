/** One field of a cron expression: which values it may have, and which of them a text means. */
import { ManyhandsError } from '../errors.ts';

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
  /** Whether a range may go on behind the last value. */
  wraps?: true;
}

export const CRON_FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], wraps: true },
];

/** `strict`: a step that leaves one value of its range is refused. Throws `bad_request` with what is wrong and what would be right. */
export function valuesOf(field: Field, part: string, strict: boolean): Set<number> {
  const values = new Set<number>();
  for (const item of part.split(',')) {
    const [range = '', stepText, ...rest] = item.split('/');
    if (rest.length > 0 || !/^[1-9]\d?$/.test(stepText ?? '1')) throw wrong(field, item);
    const step = Number(stepText ?? 1);
    const [from, to] = boundsOf(field, range, stepText !== undefined, item);
    if (strict && step > 1 && step > to - from) throw tooFar(field, item, from, to);
    for (let value = from; value <= to; value += step) values.add(field.wraps ? value % 7 : value);
  }
  return values;
}

function boundsOf(field: Field, range: string, stepped: boolean, item: string): [from: number, to: number] {
  const last = field.wraps ? 6 : field.max;
  if (range === '*' || range === '?') return [field.min, last];
  const [fromText = '', toText, ...rest] = range.split('-');
  const from = valueOf(field, fromText, item);
  const to = toText === undefined ? (stepped ? last : from) : valueOf(field, toText, item);
  if (rest.length > 0) throw wrong(field, item);
  if (to >= from) return [from, to];
  if (field.wraps) return [from % 7, to < from % 7 ? to + 7 : to];
  throw refused(`"${item}" goes backwards: for the ${field.name} write "${from}-${field.max},${field.min}-${to}"`);
}

function valueOf(field: Field, text: string, item: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (!(value >= field.min && value <= field.max)) throw wrong(field, item);
  return value;
}

function tooFar(field: Field, item: string, from: number, to: number): ManyhandsError {
  const most = to - from;
  return refused(
    `"${item}" goes past the end of its range, so only ${field.name} ${from} would match: use a step of ${most > 1 ? `1 to ${most}` : '1'}, or "${from}" alone`,
  );
}

function wrong(field: Field, item: string): ManyhandsError {
  const names = field.names ? `, ${field.names[0]} to ${field.names.at(-1)}` : '';
  return refused(
    `"${item}" is no ${field.name}: use ${field.min} to ${field.max}${names}, *, lists (1,2), ranges (1-5) and steps (*/15)`,
  );
}

export function refused(what: string): ManyhandsError {
  return new ManyhandsError('bad_request', `cron ${what}.`);
}
