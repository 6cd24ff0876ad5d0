/** What a person chooses about when a job runs, and what the API is told. Pure. */
import type { Timing } from '../api.ts';

export type When = 'now' | 'later' | 'repeat';

export interface Choice {
  when: When;
  /** As a `datetime-local` field gives it: the browser's wall clock, `2027-01-31T06:30`. */
  at: string;
  cron: string;
  /** IANA name; the clock `cron` is read against. */
  timeZone: string;
}

export const whenNames: Readonly<Record<When, string>> = { now: 'Now', later: 'Later', repeat: 'Repeat' };

/** Expressions to start from. */
export const crons: readonly { cron: string; name: string }[] = [
  { cron: '0 * * * *', name: 'Every hour' },
  { cron: '30 6 * * *', name: 'Every day at 06:30' },
  { cron: '30 6 * * mon-fri', name: 'Working days at 06:30' },
  { cron: '0 0 1 * *', name: 'First of the month' },
];

/** What people call an expression; undefined for one without a name. */
export function cronName(cron: string): string | undefined {
  return crons.find((each) => each.cron === cron)?.name;
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
