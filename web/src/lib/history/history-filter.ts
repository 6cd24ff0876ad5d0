/** What the page of finished jobs shows: its filters live in its address, so that a filtered page can be linked and gone back to. */
import type { JobFilter } from '../api.ts';
import { isFinal, isJobStatus } from '../jobs/status.ts';

export interface HistoryFilter extends JobFilter {
  /** Jobs submitted in the last so many days; null: at any time. */
  days: number | null;
}

export const periods: readonly { days: number; name: string }[] = [
  { days: 1, name: 'Last 24 hours' },
  { days: 7, name: 'Last 7 days' },
  { days: 30, name: 'Last 30 days' },
];

/** Reads the filters; a status that no finished job has, and a period that is not offered, are none. */
export function historyFilterOf(query: { get(name: string): string | null }): HistoryFilter {
  const status = query.get('status');
  const days = Number(query.get('days'));
  return {
    status: isJobStatus(status) && isFinal(status) ? status : null,
    kind: query.get('kind') || null,
    days: periods.some((period) => period.days === days) ? days : null,
  };
}

export function historyAddress({ status, kind, days }: HistoryFilter): string {
  const query = new URLSearchParams({ ...(status && { status }), ...(kind && { kind }), ...(days && { days: String(days) }) });
  return query.size > 0 ? `/history?${query}` : '/history';
}

/** The time that the period begins at, for the API. */
export function periodStart(days: number | null, nowMs: number): string | null {
  return days === null ? null : new Date(nowMs - days * 24 * 3_600_000).toISOString();
}
