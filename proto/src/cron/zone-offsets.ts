/**
 * How far the clock of a time zone is from UTC, and when that changes.
 *
 * Asking `Intl` costs a few microseconds and a new formatter half a millisecond, so its answers are kept, in blocks of twenty days. Pure but for that memory, which
 * is bounded.
 *
 * Invariant: within a stretch the clock runs evenly. In one block it changes once at most, or ends as it began and runs evenly throughout: no zone
 * has a shorter time between two changes there and back.
 */
import { ManyhandsError } from '../errors.ts';

const minute = 60_000;
const block = 20 * 24 * 60 * minute;
const blocksMax = 256;
const zonesMax = 256;

export interface Stretch {
  /** From when to when (excluded) it lasts; the next one may go on in the same way. */
  beginMs: number;
  endMs: number;
  /** Of the clock from UTC. */
  offsetMs: number;
  /** What it was before it began; the same where the clock was not changed. */
  beforeMs: number;
}

interface Zone {
  readonly offsetAt: (atMs: number) => number;
  readonly blocks: Map<number, readonly Stretch[]>;
}

const zones = new Map<string, Zone>();

/** The stretch that holds a time. Throws `bad_request` for a zone that is not known here. */
export function stretchAt(timeZone: string, atMs: number): Stretch {
  return blockOf(zoneOf(timeZone), Math.floor(atMs / block)).find(({ endMs }) => endMs > atMs)!;
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const zone: Zone = { offsetAt: timeZone === 'UTC' ? () => 0 : offsetsOf(timeZone), blocks: new Map() };
  if (zones.size >= zonesMax) zones.delete(zones.keys().next().value!);
  zones.set(timeZone, zone);
  return zone;
}

function blockOf(zone: Zone, index: number): readonly Stretch[] {
  const known = zone.blocks.get(index);
  if (known !== undefined) return known;
  const stretches = stretchesOf(zone, index * block, (index + 1) * block);
  if (zone.blocks.size >= blocksMax) zone.blocks.clear();
  zone.blocks.set(index, stretches);
  return stretches;
}

function stretchesOf(zone: Zone, beginMs: number, endMs: number): Stretch[] {
  const [beforeMs, firstMs, lastMs] = [beginMs - minute, beginMs, endMs - minute].map((atMs) => zone.offsetAt(atMs)) as [
    number,
    number,
    number,
  ];
  if (firstMs === lastMs) return [{ beginMs, endMs, offsetMs: firstMs, beforeMs }];
  const changeMs = changeBetween(zone, beginMs, endMs - minute, firstMs);
  return [
    { beginMs, endMs: changeMs, offsetMs: firstMs, beforeMs },
    { beginMs: changeMs, endMs, offsetMs: lastMs, beforeMs: firstMs },
  ];
}

/** The first minute at which the clock is no longer `offsetMs` ahead, between one at which it is and one at which it is not. */
function changeBetween(zone: Zone, earlyMs: number, lateMs: number, offsetMs: number): number {
  let early = Math.floor(earlyMs / minute);
  let late = Math.floor(lateMs / minute);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (zone.offsetAt(middle * minute) === offsetMs) early = middle;
    else late = middle;
  }
  return late * minute;
}

function offsetsOf(timeZone: string): (atMs: number) => number {
  const format = clockOf(timeZone);
  return (atMs) => {
    const [, sign, hours = 0, minutes = 0] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(atMs)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minute;
  };
}

/** A newer Node knows zones that an older one does not. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new ManyhandsError('bad_request', `the time zone "${timeZone.slice(0, 64)}" is not known on this machine.`, {
      cause: error,
    });
  }
}
