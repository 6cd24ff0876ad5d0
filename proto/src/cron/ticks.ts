/**
 * When a cron expression is due, in a time zone: the minutes whose wall clock there matches it. Pure.
 *
 * So where the clock is put forward a time that is skipped is no tick, and where it is put back a time that comes twice is two, as in nats-server
 * 2.15 (gateway: schedules.int.spec.ts compares the two).
 */
import type { Cron } from './cron.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Leap days are up to eight years apart. */
const horizon = 9 * 366 * day;

interface Wall {
  minute: number;
  hour: number;
  day: number;
  month: number;
  weekday: number;
}

/** The first tick after a time (ms); undefined when there is none in nine years, as on 31 February. */
export function nextTick(cron: Cron, timeZone: string, afterMs: number): number | undefined {
  const wallAt = wallClock(timeZone);
  let atMs = Math.floor(afterMs / minute) * minute + minute;
  const endMs = afterMs + horizon;
  while (atMs <= endMs) {
    const wall = wallAt(atMs);
    const wait = waitFor(cron, wall);
    if (wait === 0) return atMs;
    atMs += wait;
  }
  return undefined;
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

/** Whether a clock for this IANA name is known here. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name);
  } catch {
    return false;
  }
}

/** Milliseconds that can be passed over because nothing in them matches; never past a match, however the clock is changed meanwhile. */
function waitFor(cron: Cron, wall: Wall): number {
  if (!cron.months.has(wall.month) && wall.day < 27) return (27 - wall.day) * day;
  if (!cron.months.has(wall.month) || !isDay(cron, wall)) return wall.hour < 20 ? (20 - wall.hour) * hour : (60 - wall.minute) * minute;
  if (!cron.hours.has(wall.hour)) return (15 - (wall.minute % 15)) * minute;
  return cron.minutes.has(wall.minute) ? 0 : minute;
}

function isDay(cron: Cron, { day: date, weekday }: Wall): boolean {
  const dateFits = cron.days.has(date);
  const weekdayFits = cron.weekdays.has(weekday);
  return cron.bothDays ? dateFits && weekdayFits : dateFits || weekdayFits;
}

const clocks = new Map<string, (atMs: number) => Wall>();

function wallClock(timeZone: string): (atMs: number) => Wall {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = timeZone === 'UTC' ? wallOf : zonedClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

function wallOf(atMs: number): Wall {
  const date = new Date(atMs);
  return { minute: date.getUTCMinutes(), hour: date.getUTCHours(), day: date.getUTCDate(), month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
}

function zonedClock(timeZone: string): (atMs: number) => Wall {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' });
  return (atMs) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
    return wallOf(Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!));
  };
}
