/** The period that trends are asked for. Pure. */
import { DAY_MS, limits, utcDayCount, utcDayOf, utcDayStart } from '@manyhands/proto';
import { badRequest } from '../edge/problem.ts';

/** Days up to `to` when no `from` is given. */
const DAYS_DEFAULT = 30;

/** `to` is now unless given, and `from` the beginning of the day that makes it 30 days. Throws the refusal of one that is empty or too long. */
export function trendPeriod(
  given: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): { from: string; to: string } {
  const toMs = given.to === undefined ? nowMs : Date.parse(given.to);
  const fromMs =
    given.from === undefined ? utcDayStart(utcDayOf(toMs - 1)) - (DAYS_DEFAULT - 1) * DAY_MS : Date.parse(given.from);
  if (fromMs >= toMs) throw badRequest('`from` must be before `to`, which is now unless it is given.');
  const days = utcDayCount(fromMs, toMs);
  if (days > limits.trendDaysMax)
    throw badRequest(
      `Trends show at most ${limits.trendDaysMax} days of UTC, and the period from \`from\` to \`to\` has ${days}. Set \`from\` to a later time, or ask for the days before it with \`to\`.`,
    );
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
