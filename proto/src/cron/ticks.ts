/**
 * When a cron expression is due, in a time zone. Pure.
 *
 * A tick is a minute at which the wall clock there matches. Where the clock is changed:
 *
 *   hours are every hour   each real minute that matches, so none while the clock skips and both where a time comes twice
 *   hours are given        a time that is skipped comes once, when the clock is put forward; a time that comes twice comes the first time only
 *
 * as cron and systemd have it: what is to run at 02:30 runs on each day, once. Not `croner` 11 (fails where the skipped hour ends a day, as in Nuuk; 0.5 ms for a rare
 * tick, 8 ms for one that never comes) nor `cron-parser` 5 (takes the second of two, 5 ms): the clock's stretches and arithmetic take microseconds.
 */
import type { Cron } from './cron.ts';
import { stretchAt, type Stretch } from './zone-offsets.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Leap days are up to eight years apart. */
const horizon = 9 * 366 * day;
const daysOfMonthMax = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The first tick after a time (ms); undefined when there is none in nine years, as on 31 February. */
export function nextTick(cron: Cron, timeZone: string, afterMs: number): number | undefined {
  if (neverComes(cron)) return undefined;
  const fromMs = Math.floor(afterMs / minute) * minute + minute;
  for (let atMs = fromMs; atMs <= fromMs + horizon;) {
    // A day begins at most 14 hours earlier than in UTC, and 12 hours later.
    const dayMs = nextDay(cron, atMs - 13 * hour);
    const stretch = stretchAt(timeZone, Math.max(atMs, dayMs - 15 * hour));
    const tick = tickIn(cron, stretch, fromMs);
    if (tick !== undefined) return tick;
    atMs = stretch.endMs;
  }
  return undefined;
}

/** The first tick in a stretch that is not before `fromMs`. */
function tickIn(cron: Cron, { beginMs, endMs, offsetMs, beforeMs }: Stretch, fromMs: number): number | undefined {
  const everyHour = cron.hours.size === 24;
  const hadMs = beginMs + beforeMs;
  if (!everyHour && offsetMs > beforeMs && beginMs >= fromMs && nextWallMatch(cron, hadMs, beginMs + offsetMs) !== undefined)
    return beginMs;
  const wallFromMs = Math.max(fromMs, beginMs) + offsetMs;
  const match = nextWallMatch(
    cron,
    !everyHour && offsetMs < beforeMs ? Math.max(wallFromMs, hadMs) : wallFromMs,
    endMs + offsetMs,
  );
  return match === undefined ? undefined : match - offsetMs;
}

/** The last tick before a tick (ms); undefined when it is the first in nine years. */
export function lastTickBefore(cron: Cron, timeZone: string, tickMs: number): number | undefined {
  const isBeforeATick = (atMs: number): boolean => (nextTick(cron, timeZone, atMs) ?? Infinity) < tickMs;
  let back = minute;
  while (!isBeforeATick(tickMs - back)) {
    back *= 2;
    if (back > horizon) return undefined;
  }
  // The newest minute from which a tick is still reached before this one.
  let early = Math.floor(tickMs / minute) - back / minute;
  let late = Math.floor(tickMs / minute);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (isBeforeATick(middle * minute)) early = middle;
    else late = middle;
  }
  return nextTick(cron, timeZone, early * minute);
}

/** Whether none of its days is in any year. */
function neverComes({ days, months, weekdays, bothDays }: Cron): boolean {
  if (!bothDays || weekdays.size < 7) return false;
  return ![...months].some((month) => [...days].some((date) => date <= daysOfMonthMax[month - 1]!));
}

/** The first matching minute from `fromMs` on and before `endMs`, both of a wall clock, written as if it were UTC. */
function nextWallMatch(cron: Cron, fromMs: number, endMs: number): number | undefined {
  for (let atMs = fromMs; atMs < endMs;) {
    const dayMs = nextDay(cron, atMs);
    const match = matchInDay(cron, Math.max(0, atMs - dayMs));
    if (match !== undefined) return dayMs + match < endMs ? dayMs + match : undefined;
    atMs = dayMs + day;
  }
  return undefined;
}

/** When the first matching day begins that ends after `fromMs`, by a wall clock. */
function nextDay(cron: Cron, fromMs: number): number {
  for (let dayMs = Math.floor(fromMs / day) * day; ;) {
    const date = new Date(dayMs);
    if (cron.months.has(date.getUTCMonth() + 1)) {
      if (isDay(cron, date)) return dayMs;
      dayMs += day;
    } else dayMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
}

function isDay(cron: Cron, date: Date): boolean {
  const dateFits = cron.days.has(date.getUTCDate());
  const weekdayFits = cron.weekdays.has(date.getUTCDay());
  return cron.bothDays ? dateFits && weekdayFits : dateFits || weekdayFits;
}

/** The first matching time of day that is not before `fromMs` after midnight. */
function matchInDay(cron: Cron, fromMs: number): number | undefined {
  const fromHour = Math.floor(fromMs / hour);
  for (let atHour = fromHour; atHour < 24; atHour += 1) {
    if (!cron.hours.has(atHour)) continue;
    for (let atMinute = atHour === fromHour ? Math.floor((fromMs % hour) / minute) : 0; atMinute < 60; atMinute += 1) {
      if (cron.minutes.has(atMinute)) return atHour * hour + atMinute * minute;
    }
  }
  return undefined;
}
