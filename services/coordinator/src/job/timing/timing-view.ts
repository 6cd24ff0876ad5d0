/** The timing of a job as its view carries it. */
import type { JobTiming } from '@manyhands/proto';
import { isoTime } from '../clock.ts';
import type { JobState } from '../state.ts';
import { partNow } from './job-timing.ts';
import { OTHER_SLOTS, type SlotRow } from './timeline.ts';
import { partsOf, type Timing } from './timing.ts';

export function timingView(job: JobState, timing: Timing): JobTiming {
  const { ms, slots, leases, busy, times, slowest, line } = timing;
  return {
    ms,
    parts: partsOf(timing),
    at: isoTime(job.atMs),
    doing: partNow(job),
    slots,
    leases,
    busy,
    chunk_times: times.map(([step, chunks]) => [step, chunks]),
    slowest: slowest.map(({ fromMs, tookMs, ...lease }) => ({ ...lease, from_ms: fromMs, took_ms: tookMs })),
    width_ms: line.width,
    rows: line.rows.map((row) => rowView(row, line.width)),
  };
}

function rowView({ worker, slot, chunks, busy }: SlotRow, width: number): JobTiming['rows'][number] {
  const slots = worker === OTHER_SLOTS ? Math.max(2, Math.ceil(Math.max(0, ...busy) / width)) : 1;
  return {
    worker,
    slot,
    ...(slots > 1 && { slots }),
    busy_ms: busy.reduce((sum, ms) => sum + ms, 0),
    chunks,
    busy: busy.map((ms) => digitOf(ms / (width * slots))).join(''),
  };
}

/** A little is shown as a little, not as nothing. */
function digitOf(share: number): string {
  return share <= 0 ? '0' : Math.min(35, Math.max(1, Math.round(share * 35))).toString(36);
}
