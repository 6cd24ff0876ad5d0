/** The sizes of a containment run, and what is printed of it. */
import { spreadOf } from '../figures.ts';
import { only } from '../history.ts';
import type { ContainmentSize, ContainmentVerdict } from './containment-run.ts';
import { livesOf } from './memory.ts';
import { aloneOf, CONTAINMENT_PROMISES, pacesOf, STILL_MS_MAX } from './promises.ts';
import { longestStalls } from './stalls.ts';

const jobsPerHour = 2_000;
const minuteMs = 60_000;

export function containmentOf(minutes: number): ContainmentSize {
  return {
    jobs: Math.round((jobsPerHour * minutes) / 60),
    lengthMs: minutes * minuteMs,
    coordinators: 4,
    gapMs: [2_000, 12_000],
    endWithinMs: 3 * minuteMs,
  };
}

/** Each way of being hostile at least once, and denser than the long one. Tests run beside others, so of time it says less. */
export const CONTAINMENT_SHORT: ContainmentSize = {
  jobs: 100,
  floorMs: 8_000,
  lengthMs: 80_000,
  coordinators: 4,
  gapMs: [500, 2_500],
  endWithinMs: 60_000,
};

/** Each way of being hostile once, and next to nobody who goes: enough to find a bug that was planted. */
export const CONTAINMENT_PLANTED: ContainmentSize = {
  jobs: 72,
  lengthMs: 45_000,
  coordinators: 2,
  gapMs: [60_000, 60_000],
  endWithinMs: 40_000,
};

/** Prints the figures and each promise; returns how many violations there are. */
export function tellContainment(
  { violations, entries, comings, serverVersion, historyFile, seconds }: ContainmentVerdict,
  seed: number,
): number {
  const submitted = only(entries, 'submitted');
  const paces = pacesOf(entries);
  const stalls = longestStalls(entries, STILL_MS_MAX).map(({ forMs }) => forMs);
  const turns = only(entries, 'turn').map(({ ms }) => ms);
  const lives = livesOf(entries);
  const grown = lives.flatMap(({ process, growth }) =>
    growth === undefined ? [] : [`${process} by ${growth.toFixed(2)} MB a minute`],
  );
  const within = paces.filter(({ tookMs, calmMs }) => tookMs <= calmMs).length;
  console.log(`\ncontainment: ${serverVersion}, seed ${seed}, ${seconds} s, history ${historyFile}`);
  console.log(
    `${submitted.length} jobs, ${submitted.filter(({ way }) => way !== undefined).length} of them hostile; ${comings.length} times a coordinator went and came back; ${only(entries, 'refused').length} submits refused`,
  );
  console.log(
    `alone: ${[...aloneOf(entries)].map(([size, ms]) => `${size} ${ms} ms`).join(', ')}; ${within} of ${paces.length} healthy jobs within 3 times that or 2 s, the others met a move of partitions`,
  );
  console.log(`healthy jobs took ${JSON.stringify(spreadOf(paces.map(({ tookMs }) => tookMs)))} ms`);
  console.log(
    `longest stand-still of a partition: ${Math.max(0, ...stalls)} ms; turns told of as long: ${turns.length}, up to ${Math.max(0, ...turns)} ms`,
  );
  console.log(
    `memory of coordinators: up to ${Math.max(0, ...lives.map(({ mbMax }) => mbMax))} MB; ${grown.join(', ') || 'no life was long enough to see growth'}`,
  );
  for (const { id, says } of CONTAINMENT_PROMISES) {
    const mine = violations.filter((violation) => violation.startsWith(`${id}: `));
    console.log(`${mine.length === 0 ? 'held  ' : 'BROKEN'} ${id} ${says}`);
    for (const violation of mine.slice(0, 20)) console.log(`         ${violation.slice(0, 400)}`);
  }
  return violations.length;
}
