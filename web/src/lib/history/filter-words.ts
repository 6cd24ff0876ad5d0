/** The filters of the history that are chosen, in words. Pure. */
import { statusNames } from '../jobs/status.ts';
import { durations, periods, type HistoryFilter } from './history-filter.ts';
import { dayName } from './trends.ts';

export function filterWords({ status, kind, days, day, tag, error, seconds, tenant }: HistoryFilter): string[] {
  return [
    status && statusNames[status],
    kind,
    day ? `${dayName(day)}, UTC` : periods.find((period) => period.days === days)?.name,
    durations.find((duration) => duration.seconds === seconds)?.name,
    tag,
    error && `“${error}”`,
    tenant && (tenant === '*' ? 'All users' : tenant),
  ].filter((words) => typeof words === 'string' && words !== '') as string[];
}
