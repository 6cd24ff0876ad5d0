/**
 * Where the time of a job went, made from what its view carries. Pure.
 *
 * Invariant: no part is below 0, and the parts add up to what was measured.
 */
import { isFinal, TIME_PARTS, type Answer, type JobTiming, type TimePart } from '@manyhands/proto';
import { adviceOf } from './advice.ts';
import { causeOf } from './cause.ts';
import { figuresOf, savedBySlotMs, type Figures, type ProfiledJob } from './figures.ts';

export type JobProfile = Answer<'JobProfile'>;

export interface Present {
  nowMs: number;
  /** Whether a worker computes a lease of the job now. */
  isHeld: boolean;
}

export function profileOf(view: ProfiledJob, present: Present): JobProfile {
  const timing = untilNow(view, present);
  const figures = figuresOf(view, timing);
  const cause = causeOf(figures);
  return {
    job_id: view.job_id,
    status: view.status,
    measured_sec: secOf(timing.ms),
    parts: (Object.entries(timing.parts) as [TimePart, number][])
      .filter(([, ms]) => ms > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([part, ms]) => ({ part, sec: secOf(ms), what: TIME_PARTS[part] })),
    cause,
    advice: adviceOf(cause, figures),
    saved_by_slot_sec: secOf(savedBySlotMs(figures)),
    slots: { live: timing.slots, used: figures.used, busy_sec: secOf(figures.busyMs) },
    chunk_sec: figures.chunkMs && {
      median: secOf(figures.chunkMs.median),
      p95: secOf(figures.chunkMs.p95),
      longest: secOf(figures.chunkMs.longest),
    },
    stragglers: stragglersOf(timing, figures),
    timeline: timelineOf(timing),
  };
}

/** What a job has that is not taken up by a coordinator, or is of an earlier release. */
function noTiming({ created_at: at, status, finished_at: end }: ProfiledJob): JobTiming {
  const ms = isFinal(status) ? Math.max(0, Date.parse(end ?? at) - Date.parse(at)) : 0;
  return {
    ms,
    parts: ms > 0 ? { leasing: ms } : {},
    at,
    doing: status === 'pending' ? 'queued' : 'leasing',
    slots: 0,
    leases: 0,
    busy: { computing: 0, merging: 0, pacing: 0 },
    chunk_times: [],
    slowest: [],
    width_ms: 1,
    rows: [],
  };
}

/** Of a job that goes on, the time since its newest message: what is computed now counts as computed since then. */
function untilNow(view: ProfiledJob, { nowMs, isHeld }: Present): JobTiming {
  const timing = view.timing ?? noTiming(view);
  if (isFinal(view.status)) return timing;
  const passedMs = Math.max(0, Math.round(nowMs - Date.parse(timing.at)));
  const part = isHeld && timing.doing !== 'stopped' && timing.doing !== 'merging' ? 'computing' : timing.doing;
  return { ...timing, ms: timing.ms + passedMs, parts: { ...timing.parts, [part]: (timing.parts[part] ?? 0) + passedMs } };
}

function stragglersOf({ slowest }: JobTiming, { chunkMs }: Figures): JobProfile['stragglers'] {
  return slowest.map(({ from_ms: fromMs, took_ms: tookMs, ...lease }) => ({
    ...lease,
    began_sec: secOf(fromMs),
    took_sec: secOf(tookMs),
    times_median: chunkMs && chunkMs.median > 0 ? Math.round((tookMs / (lease.end - lease.begin) / chunkMs.median) * 10) / 10 : 1,
  }));
}

function timelineOf({ width_ms: widthMs, rows }: JobTiming): JobProfile['timeline'] {
  return {
    stretch_sec: secOf(widthMs),
    rows: rows.map(({ worker, slot, slots = 1, busy_ms: busyMs, chunks, busy }) => ({
      worker,
      slot,
      slots,
      busy_sec: secOf(busyMs),
      chunks,
      busy: [...busy].map((digit) => Math.round((parseInt(digit, 36) / 35) * 100) / 100),
    })),
  };
}

function secOf(ms: number): number {
  return Math.round(ms) / 1_000;
}
