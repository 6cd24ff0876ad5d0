/** What a person chooses about when a job runs, and what the API is told. Pure. */
import type { Timing } from '../api.ts';

export type When = 'now' | 'later' | 'repeat';

export interface Choice {
  when: When;
  /** As a `datetime-local` field gives it: the browser's wall clock, `2027-01-31T06:30`. */
  at: string;
  cron: string;
  /** IANA name; the clock `cron` is read against. Empty until a person asks when. */
  timeZone: string;
}

export const whenNames: Readonly<Record<When, string>> = { now: 'Now', later: 'Later', repeat: 'Repeat' };

/** Expressions to start from. */
export const crons = ['0 * * * *', '30 6 * * *', '30 6 * * mon-fri', '0 0 1 * *'];

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const weekdayNames = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

/** What people call an expression, where it is of a common form; undefined for another. */
export function cronName(cron: string): string | undefined {
  const [minute = '', hour = '', day, month, weekday = '', ...more] = cron.trim().toLowerCase().split(/\s+/);
  if (month !== '*' || more.length > 0) return undefined;
  const every = weekday === '*' && day === '*';
  if (every && hour === '*') return minute === '0' ? 'Every hour' : stepName(minute, 60, 'minute');
  if (every && minute === '0' && hour.startsWith('*')) return stepName(hour, 24, 'hour');
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour)) return undefined;
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (every) return `Every day ${at}`;
  if (weekday === '*') return day === '1' ? `First of the month ${at}` : undefined;
  if (day !== '*') return undefined;
  if (/^(mon-fri|1-5)$/.test(weekday)) return `Working days ${at}`;
  const place = /^[0-7]$/.test(weekday) ? Number(weekday) % 7 : weekdays.indexOf(weekday);
  return place < 0 ? undefined : `${weekdayNames[place]} ${at}`;
}

/** `Every 4 hours`; undefined for what is no step, and where the last one of a round is shorter than the others. */
function stepName(field: string, round: number, unit: string): string | undefined {
  const step = field === '*' ? 1 : Number(/^\*\/(\d+)$/.exec(field)?.[1]);
  if (!(step > 0) || round % step !== 0) return undefined;
  return step === 1 ? `Every ${unit}` : `Every ${step} ${unit}s`;
}

/** Undefined while the choice is not complete. */
export function timingOf({ when, at, cron, timeZone }: Choice): Timing | undefined {
  if (when === 'now') return {};
  if (when === 'repeat')
    return cron.trim() === '' || timeZone.trim() === '' ? undefined : { cron: cron.trim(), time_zone: timeZone.trim() };
  const atMs = Date.parse(at);
  return Number.isNaN(atMs) ? undefined : { run_at: new Date(atMs).toISOString() };
}

/** A time as a `datetime-local` field wants it, in whole minutes. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
