/** The promises of a containment run, as pure functions over what was seen. Each returns the sentences of what broke it; none means it held. */
import { isFinal } from '@manyhands/proto';
import { spreadOf } from '../figures.ts';
import { only } from '../history.ts';
import { TAKEN_OVER_MS } from './comings.ts';
import { livesOf } from './memory.ts';
import type { Seen } from './seen.ts';
import { longestStalls } from './stalls.ts';
import { WAYS, type Size } from './ways.ts';

/** A healthy job may take so many times its time alone. */
const TIMES_ALONE_MAX = 3;
/** What a job may take in any case, unless the run says otherwise: the cores are shared with eleven processes and whoever else is there. */
export const FLOOR_MS = 2_000;
/** What each move of partitions may add to the jobs it falls into, besides the time until it is noticed: the journal, and the leases in hand. */
export const MOVE_MS = 3_000;
export const STILL_MS_MAX = 15_000;
export const TURN_MS_MAX = 50;
/** Megabytes of a coordinator at any time, and what it may grow in a minute once it is warm. */
export const MEMORY_MB_MAX = 400;
const GROWTH_MB_MAX = 1;

export const CONTAINMENT_PROMISES = [
  { id: 'C1', says: 'every healthy job ends right, in its time', violations: healthyEndRight },
  { id: 'C2', says: 'every hostile job ends in a final state that says why', violations: hostileEndInWords },
  { id: 'C3', says: 'nothing that was accepted is lost', violations: nothingIsLost },
  { id: 'C4', says: `no partition stands still for more than ${STILL_MS_MAX / 1000} s`, violations: partitionsMove },
  { id: 'C5', says: 'nobody is told that all is ready while one does', violations: readinessIsTrue },
  { id: 'C6', says: `no turn takes more than ${TURN_MS_MAX} ms of processor`, violations: turnsAreShort },
  { id: 'C7', says: `the memory of coordinators is flat, and under ${MEMORY_MB_MAX} MB`, violations: memoryIsFlat },
  { id: 'C8', says: 'nobody is cut off as a slow consumer', violations: nobodyIsSlow },
  { id: 'C9', says: 'the watchdog finds nothing but what was purged by hand', violations: watchdogSleeps },
] as const;

export function violationsOf(entries: readonly Seen[], floorMs = FLOOR_MS): string[] {
  return CONTAINMENT_PROMISES.flatMap(({ id, violations }) =>
    violations(entries, floorMs).map((violation) => `${id}: ${violation}`),
  );
}

/** The median time of each size alone. */
export function aloneOf(entries: readonly Seen[]): ReadonlyMap<Size, number> {
  const bySize = Map.groupBy(only(entries, 'alone'), ({ size }) => size);
  return new Map([...bySize].map(([size, times]) => [size, spreadOf(times.map(({ tookMs }) => tookMs)).p50]));
}

export interface Pace {
  job: string;
  size: Size;
  tookMs: number;
  /** Without what moves may add. */
  calmMs: number;
  allowedMs: number;
}

/** How long each healthy job took, and how long it may have. */
export function pacesOf(entries: readonly Seen[], floorMs = FLOOR_MS): Pace[] {
  const alone = aloneOf(entries);
  const ends = new Map(only(entries, 'ended').map((end) => [end.job, end]));
  const moves = only(entries, 'moved').map(({ atMs, how }) => ({
    atMs,
    addsMs: MOVE_MS + (how === 'back' ? 0 : TAKEN_OVER_MS[how]),
  }));
  return only(entries, 'submitted').flatMap(({ job, size, sinceMs }) => {
    const end = ends.get(job);
    if (size === undefined || end === undefined) return [];
    const calmMs = Math.max(floorMs, TIMES_ALONE_MAX * (alone.get(size) ?? 0));
    const met = moves.filter(({ atMs, addsMs }) => atMs + addsMs >= sinceMs && atMs <= end.atMs);
    return [
      { job, size, tookMs: end.atMs - sinceMs, calmMs, allowedMs: calmMs + met.reduce((sum, { addsMs }) => sum + addsMs, 0) },
    ];
  });
}

function healthyEndRight(entries: readonly Seen[], floorMs = FLOOR_MS): string[] {
  const ends = new Map(only(entries, 'ended').map((end) => [end.job, end]));
  const wrong = only(entries, 'submitted').flatMap(({ job, size, answer }) => {
    const end = ends.get(job);
    if (size === undefined || end === undefined) return [];
    if (end.status !== 'completed') return [`${job} (${size}) is ${end.status}: ${end.error ?? end.detail}`];
    return end.answer === answer ? [] : [`${job} (${size}) answers ${end.answer}, right is ${answer}`];
  });
  const late = pacesOf(entries, floorMs).filter(({ tookMs, allowedMs }) => tookMs > allowedMs);
  return [
    ...wrong,
    ...late.map(({ job, size, tookMs, allowedMs }) => `${job} (${size}) took ${tookMs} ms; it may take ${allowedMs} ms`),
  ];
}

function hostileEndInWords(entries: readonly Seen[]): string[] {
  const ends = new Map(only(entries, 'ended').map((end) => [end.job, end]));
  const meddled = only(entries, 'meddled');
  const cancelled = new Set(meddled.filter(({ how }) => how === 'cancel').map(({ job }) => job));
  const broken = meddled.filter(({ answer }) => answer !== undefined && answer >= 500 && answer !== 503);
  const wrong = only(entries, 'submitted').flatMap(({ job, way, answer, faulty }) => {
    const end = ends.get(job);
    if (way === undefined || end === undefined) return [];
    const tell = (what: string): string[] => [`${job} (${way}) ${what}`];
    if (end.status === 'cancelled') return cancelled.has(job) ? [] : tell('was cancelled by nobody');
    if (end.status === 'failed') {
      if (!end.error?.trim()) return tell('failed, and does not say why');
      return WAYS[way].ends === 'right' ? tell(`failed, although it can be computed: ${end.error}`) : [];
    }
    if (WAYS[way].ends === 'in words') return tell(`is completed with ${end.answer}, although it has no answer`);
    if (answer !== undefined && end.answer !== answer) return tell(`answers ${end.answer}, right is ${answer}`);
    if (end.failed !== faulty || end.completed + end.failed !== end.total)
      return tell(`is completed with ${end.completed} done and ${end.failed} given up of ${end.total}; ${faulty} are faulty`);
    return faulty > 0 && !end.detail?.trim() ? tell('has gaps, and does not say so') : [];
  });
  return [...wrong, ...broken.map(({ job, how, answer }) => `${how} of ${job} was answered with ${answer}`)];
}

function nothingIsLost(entries: readonly Seen[]): string[] {
  const last = new Map<string, string>();
  for (const entry of entries) if (entry.what === 'ended' || entry.what === 'reopened') last.set(entry.job, entry.status);
  return only(entries, 'submitted').flatMap(({ job, size, way }) => {
    const status = last.get(job);
    if (status === undefined) return [`${job} (${size ?? way}) was accepted and has not ended`];
    return isFinal(status as never) ? [] : [`${job} (${size ?? way}) was requeued, is ${status} and has not ended again`];
  });
}

function partitionsMove(entries: readonly Seen[]): string[] {
  if (only(entries, 'looked').length === 0) return ['nobody looked at the partitions'];
  return longestStalls(entries, STILL_MS_MAX).flatMap(({ partition, fromMs, forMs, waiting }) =>
    forMs > STILL_MS_MAX
      ? [`partition ${partition} stood still for ${forMs} ms from ${fromMs} ms, with ${waiting} messages`]
      : [],
  );
}

function readinessIsTrue(entries: readonly Seen[]): string[] {
  return longestStalls(entries, STILL_MS_MAX).flatMap(({ partition, claimedReadyAtMs, fromMs }) =>
    claimedReadyAtMs === undefined
      ? []
      : [`at ${claimedReadyAtMs} ms /readyz said ready, while partition ${partition} stood still since ${fromMs} ms`],
  );
}

function turnsAreShort(entries: readonly Seen[]): string[] {
  return only(entries, 'turn').flatMap(({ process, ms, atMs }) =>
    ms > TURN_MS_MAX ? [`a turn of ${process} took ${ms} ms at ${atMs} ms`] : [],
  );
}

function memoryIsFlat(entries: readonly Seen[]): string[] {
  const lives = livesOf(entries);
  if (lives.length === 0) return ['nobody looked at the memory'];
  return lives.flatMap(({ process, pid, mbMax, growth }) => [
    ...(mbMax > MEMORY_MB_MAX ? [`${process} (${pid}) had ${mbMax} MB`] : []),
    ...(growth !== undefined && growth > GROWTH_MB_MAX ? [`${process} (${pid}) grows by ${growth.toFixed(2)} MB a minute`] : []),
  ]);
}

function nobodyIsSlow(entries: readonly Seen[]): string[] {
  return only(entries, 'slow-consumer').map(({ line }) => line);
}

/** A purge takes what was stored of a job's leases; jobs that had none stored then are none to rebuild. */
function watchdogSleeps(entries: readonly Seen[]): string[] {
  const counts = new Map(only(entries, 'rebuilt').map(({ coordinator, count }) => [coordinator, count]));
  const rebuilt = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const purges = only(entries, 'meddled').filter(({ how }) => how === 'purge').length;
  return rebuilt <= purges ? [] : [`${rebuilt} jobs were rebuilt, ${purges} were purged`];
}
