/** What a worker did in the last minutes, in steps of a few seconds. Pure, and without schemas, so that a page in a browser goes on with what the gateway began. */
import { limits } from './limits.ts';
import type { WorkerHeartbeat } from './messages/presence.ts';

export const SAMPLE_SEC = 5;
export const SAMPLES_MAX = (limits.clusterMinutes * 60) / SAMPLE_SEC;

/** The beats of one step together. */
export interface WorkerSample {
  /** When the step began, in seconds since 1970. */
  atSec: number;
  beats: number;
  /** Busy slots, the sum over the beats. */
  busy: number;
  /** Of the newest beat: chunks counted since the worker started, and its memory. */
  chunks: number;
  memoryMb: number;
}

/** `[seconds, busy slots, chunks, megabytes]`. */
export type SampleRow = [number, number, number, number];

type Beat = Pick<WorkerHeartbeat, 'busy_slots' | 'chunks_done' | 'chunks_failed' | 'memory_mb'>;

/** The samples with one more beat, oldest first. A beat that is older than the newest step counts in that one. */
export function withBeat(samples: readonly WorkerSample[], beat: Beat, nowMs: number): WorkerSample[] {
  const atSec = Math.floor(nowMs / 1_000 / SAMPLE_SEC) * SAMPLE_SEC;
  const last = samples.at(-1);
  const [before, step] =
    last !== undefined && last.atSec >= atSec
      ? [samples.slice(0, -1), last]
      : [samples.slice(1 - SAMPLES_MAX), { atSec, beats: 0, busy: 0 }];
  return [
    ...before,
    {
      atSec: step.atSec,
      beats: step.beats + 1,
      busy: step.busy + beat.busy_slots,
      chunks: beat.chunks_done + beat.chunks_failed,
      memoryMb: beat.memory_mb,
    },
  ];
}

export function sampleRow({ atSec, beats, busy, chunks, memoryMb }: WorkerSample): SampleRow {
  return [atSec, Math.round((100 * busy) / beats) / 100, chunks, memoryMb];
}

/** A row as a sample that more beats can join. */
export function sampleIn([atSec, busy, chunks, memoryMb]: Readonly<SampleRow>): WorkerSample {
  return { atSec, beats: 1, busy, chunks, memoryMb };
}
