/** What a run must keep to in time and in extra work, as pure functions over its history. Only runs on a machine of their own are held to it. */
import { LANE_ACK_WAIT_MS } from '@manyhands/broker';
import { figuresOf } from '../figures.ts';
import { only, type Entry } from '../history.ts';
import type { Check } from './invariants.ts';

/** A lease of a dead worker is handed out again after the ack wait; 10 s more for restarts and elections (4 to 9 s each). */
export const RECOVERY_MS_MAX = LANE_ACK_WAIT_MS + 10_000;
const reexecutedShareMax = 0.05;
const inFlightMin = 1_000;
/** A storm is drained in the time in which its leases are handed out once more and computed. */
const drainedMsMax = 60_000;
/** How a process ends that drained: Nest raises the signal again when all is done. */
const drained: readonly string[] = ['ended with 0', 'ended by SIGTERM'];
/** Milliseconds a process may take to drain; its supervisor kills it after them. */
const drainMsMax = 10_000;
/** A request may be retried as long as a leader is elected, and no longer than a user waits. */
const acceptedMsMax = RECOVERY_MS_MAX;

export const BOUNDS: readonly Check[] = [
  {
    id: 'B1',
    says: `99 of 100 times a job goes on within ${RECOVERY_MS_MAX / 1000} s after the end of a fault`,
    violations: recoversInTime,
  },
  { id: 'B2', says: 'at most 5 % of the chunks are computed and stored twice', violations: littleIsComputedTwice },
  { id: 'B3', says: 'a thousand leases delivered again are drained', violations: stormsAreDrained },
  {
    id: 'B4',
    says: 'a rolling restart refuses nobody for long, and every process drains in time',
    violations: restartsAreUnnoticed,
  },
];

function recoversInTime(entries: readonly Entry[]): string[] {
  const { p99, count } = figuresOf(entries).recoveryMs;
  return p99 <= RECOVERY_MS_MAX ? [] : [`p99 of ${count} recoveries is ${p99} ms`];
}

/** Each takeover costs the leases whose results are on their way; the share is of runs with many jobs and their faults, not of a few jobs and a restart. */
function littleIsComputedTwice(entries: readonly Entry[]): string[] {
  if (only(entries, 'fault').length === 0) return [];
  const { reexecutedShare: share } = figuresOf(entries);
  return share <= reexecutedShareMax ? [] : [`${(share * 100).toFixed(1)} % of the chunks were computed and stored twice`];
}

function stormsAreDrained(entries: readonly Entry[]): string[] {
  return only(entries, 'storm').flatMap(({ inFlight, drainedInMs }) => [
    ...(inFlight >= inFlightMin ? [] : [`only ${inFlight} leases were in flight`]),
    ...(drainedInMs <= drainedMsMax ? [] : [`${inFlight} leases took ${drainedInMs} ms to drain`]),
  ]);
}

function restartsAreUnnoticed(entries: readonly Entry[]): string[] {
  const replaced = only(entries, 'replaced');
  if (replaced.length === 0) return [];
  const isOurs = (process: string): boolean => !process.startsWith('nats-');
  return [
    ...replaced.filter(({ tookMs }) => tookMs > drainMsMax).map(({ process, tookMs }) => `${process} took ${tookMs} ms to drain`),
    ...replaced
      .filter(({ process, how }) => isOurs(process) && !drained.includes(how))
      .map(({ process, how }) => `${process} did not drain: ${how}`),
    ...only(entries, 'submitted')
      .filter(({ afterMs }) => afterMs > acceptedMsMax)
      .map(({ job, afterMs }) => `${job} was accepted only after ${afterMs} ms`),
  ];
}
