/**
 * The clock of a job: when the broker stored its last message. It only ever learns the time from its messages.
 *
 * The broker's clock may go back, as when another server leads a stream. Then everything that is timed moves back with it, and the timer is set again: a
 * chunk that was to wait for ten seconds never waits for longer because of that. Kept at the latest time instead, each retry waited until the clock had
 * caught up, be it an hour.
 */
import { RETRY_GRID_MS } from './retry.ts';
import { withTimePassed } from './timing/job-timing.ts';
import type { JobState } from './state.ts';
import { withTimes } from './waiting.ts';

/**
 * The job at the time of a message. The time since the last one counts as worked on if it was running; where meanwhile there was no slot for its kind, it is not known since when and
 * until when, so only what the answer states of itself counts (`computeMs`).
 */
export function atTime(given: JobState, storedAtMs: number, computeMs = 0): JobState {
  const passedMs = storedAtMs - given.atMs;
  if (passedMs === 0) return given;
  const timed = withTimePassed(given, passedMs);
  const { idle } = timed;
  const job = idle === undefined ? timed : withoutIdle(timed);
  const workedMs = idle ? Math.min(passedMs, computeMs) : passedMs;
  if (passedMs > 0)
    return { ...job, atMs: storedAtMs, workedMs: job.status === 'running' ? job.workedMs + workedMs : job.workedMs };
  const back = (ms: number): number => Math.max(0, Math.floor((ms + passedMs) / RETRY_GRID_MS) * RETRY_GRID_MS);
  return {
    ...job,
    atMs: storedAtMs,
    timerAtMs: null,
    waiting: withTimes(job.waiting, back),
    partials: job.partials.map((partial) =>
      partial.notBeforeMs === undefined ? partial : { ...partial, notBeforeMs: back(partial.notBeforeMs) },
    ),
    leases: job.leases.map((lease) => (lease.sinceMs === undefined ? lease : { ...lease, sinceMs: lease.sinceMs + passedMs })),
  };
}

function withoutIdle({ idle: _idle, ...job }: JobState): JobState {
  return job;
}

let newest = { ms: 0, text: '1970-01-01T00:00:00.000Z' };

/** Formats a time for people and messages; reads no clock. Most are asked for several times, one after the other. */
export function isoTime(ms: number): string {
  // eslint-disable-next-line no-restricted-globals
  if (ms !== newest.ms) newest = { ms, text: new Date(ms).toISOString() };
  return newest.text;
}
