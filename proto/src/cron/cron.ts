/**
 * Reads a cron expression: five fields (minute, hour, day of month, month, day of week) or a name like `@daily`.
 *
 * Always true: what is read here is what nats-server 2.15 understands once a field for seconds is put in front (`serverForm`): it wants six
 * fields, and knows Sunday only as 0. When day of month and day of week are both restricted, either is enough.
 */
import { ManyhandsError } from '../errors.ts';

export interface Cron {
  /** What the user wrote, with single spaces. */
  readonly text: string;
  /** The same for nats-server. */
  readonly serverForm: string;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Whether a day must match both `days` and `weekdays`: one of them is every day. */
  readonly bothDays: boolean;
}

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const NAMED: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** Throws `bad_request` with what is wrong and what would be right. */
export function parseCron(given: string): Cron {
  const text = given.trim().replace(/\s+/g, ' ');
  const expression = text.startsWith('@') ? NAMED[text.toLowerCase()] : text;
  if (expression === undefined) throw refused(`"${text}" is not known; use one of ${Object.keys(NAMED).join(', ')}, or five fields`);
  const parts = expression.split(' ');
  if (parts.length !== FIELDS.length) {
    throw refused(`"${text}" has ${parts.length} field${parts.length === 1 ? '' : 's'}; it needs five: minute, hour, day of month, month, day of week, as in "30 6 * * 1-5"`);
  }
  const [minutes, hours, days, months, weekdays] = FIELDS.map((field, index) => valuesOf(field, parts[index]!)) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  if (weekdays.delete(7)) weekdays.add(0);
  const every = [days.size === 31, weekdays.size === 7];
  const serverForm = ['0', listed(minutes, 60), listed(hours, 24), listed(days, 31), listed(months, 12), listed(weekdays, 7)].join(' ');
  return { text, serverForm, minutes, hours, days, months, weekdays, bothDays: every.includes(true) };
}

function listed(values: ReadonlySet<number>, all: number): string {
  return values.size === all ? '*' : [...values].sort((a, b) => a - b).join(',');
}

function valuesOf(field: Field, part: string): Set<number> {
  const values = new Set<number>();
  for (const item of part.split(',')) {
    const [range = '', stepText, ...rest] = item.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    if (rest.length > 0 || !/^[1-9]\d?$/.test(stepText ?? '1')) throw wrong(field, item);
    const [from, to] = boundsOf(field, range, stepText !== undefined, item);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

function boundsOf(field: Field, range: string, stepped: boolean, item: string): [from: number, to: number] {
  const last = field.name === 'day of week' ? 6 : field.max;
  if (range === '*' || range === '?') return [field.min, last];
  const [fromText = '', toText, ...rest] = range.split('-');
  const from = valueOf(field, fromText, item);
  const to = toText === undefined ? (stepped ? last : from) : valueOf(field, toText, item);
  if (rest.length > 0 || to < from) throw wrong(field, item);
  return [from, to];
}

function valueOf(field: Field, text: string, item: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (!(value >= field.min && value <= field.max)) throw wrong(field, item);
  return value;
}

function wrong(field: Field, item: string): ManyhandsError {
  const names = field.names ? `, ${field.names[0]} to ${field.names.at(-1)}` : '';
  return refused(`"${item}" is no ${field.name}: use ${field.min} to ${field.max}${names}, *, lists (1,2), ranges (1-5) and steps (*/15)`);
}

function refused(what: string): ManyhandsError {
  return new ManyhandsError('bad_request', `cron ${what}.`);
}
