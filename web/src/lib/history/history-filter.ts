/** What the page of finished jobs shows: its filters live in its address, so that a filtered page can be linked and gone back to. */
import type { HistorySearch } from '@manyhands/sdk';
import type { JobFilter } from '../api.ts';
import { isFinal, isJobStatus } from '../jobs/status.ts';

export interface HistoryFilter extends JobFilter {
  /** Jobs submitted in the last so many days; null: at any time. */
  days: number | null;
  /** Jobs submitted on this day of UTC, as `2026-11-28`; in the place of `days`. */
  day: string | null;
  /** Jobs with this tag, as `name=value`. */
  tag: string | null;
  /** A word of the error. */
  error: string | null;
  /** Jobs that took so many seconds or more. */
  seconds: number | null;
  /** Whose jobs, for administrators: `*` of all users; null: one's own. */
  tenant: string | null;
}

export const periods: readonly { days: number; name: string }[] = [
  { days: 1, name: 'Last 24 hours' },
  { days: 7, name: 'Last 7 days' },
  { days: 30, name: 'Last 30 days' },
];

export const durations: readonly { seconds: number; name: string }[] = [
  { seconds: 1, name: '1 s or longer' },
  { seconds: 10, name: '10 s or longer' },
  { seconds: 60, name: '1 min or longer' },
  { seconds: 600, name: '10 min or longer' },
  { seconds: 3_600, name: '1 h or longer' },
];

const dayMs = 24 * 3_600_000;

/** As the API takes a tag. */
export const tagForm = /^.{1,64}=.{0,64}$/s;
const errorCharsMax = 100;

/** Reads the filters; a status that no finished job has, a period or a duration that is not offered, and a tag without a value, are none. */
export function historyFilterOf(query: { get(name: string): string | null }): HistoryFilter {
  const status = query.get('status');
  const [days, seconds] = [Number(query.get('days')), Number(query.get('longer'))];
  const tag = query.get('tag');
  return {
    status: isJobStatus(status) && isFinal(status) ? status : null,
    kind: query.get('kind') || null,
    days: periods.some((period) => period.days === days) ? days : null,
    day: dayOf(query.get('day')),
    tag: tag !== null && tagForm.test(tag) ? tag : null,
    error: query.get('error')?.slice(0, errorCharsMax) || null,
    seconds: durations.some((duration) => duration.seconds === seconds) ? seconds : null,
    tenant: query.get('tenant') || null,
  };
}

/** Null where it is no day of the calendar. */
function dayOf(text: string | null): string | null {
  const ms = text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : text;
}

export function historyAddress({ status, kind, days, day, tag, error, seconds, tenant }: HistoryFilter): string {
  const query = new URLSearchParams({
    ...(status && { status }),
    ...(kind && { kind }),
    ...(days && { days: String(days) }),
    ...(day && { day }),
    ...(tag && { tag }),
    ...(error && { error }),
    ...(seconds && { longer: String(seconds) }),
    ...(tenant && { tenant }),
  });
  return query.size > 0 ? `/history?${query}` : '/history';
}

/** `other`: null while it is to be chosen. `tenant`: whose they are, where they are not one's own. */
export function compareAddress(one: string, other: string | null, tenant: string | null): string {
  return `/history/compare?${new URLSearchParams({ a: one, ...(other && { b: other }), ...(tenant && { tenant }) })}`;
}

/** What the API is asked for. */
export function searchOf({ status, kind, days, day, tag, error, seconds }: HistoryFilter, nowMs: number): HistorySearch {
  const from = day === null ? periodStart(days, nowMs) : new Date(Date.parse(day)).toISOString();
  const to = day && new Date(Date.parse(day) + dayMs).toISOString();
  return {
    ...(status && { status }),
    ...(kind && { kind }),
    ...(from && { from }),
    ...(to && { to }),
    ...(tag && { tag }),
    ...(error && { error }),
    ...(seconds && { longer_than: seconds }),
  };
}

/** Where all that fits is as one file. */
export function csvAddress(filter: HistoryFilter, nowMs: number): string {
  const asked = { ...searchOf(filter, nowMs), ...(filter.tenant && { tenant: filter.tenant }) };
  const search = Object.entries(asked).map(([name, value]) => [name, String(value)]);
  return search.length > 0 ? `/v1/history/csv?${new URLSearchParams(search)}` : '/v1/history/csv';
}

/** The time that the period begins at, for the API. */
export function periodStart(days: number | null, nowMs: number): string | null {
  return days === null ? null : new Date(nowMs - days * dayMs).toISOString();
}
