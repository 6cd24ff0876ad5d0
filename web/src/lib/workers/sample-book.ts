/** What each worker did in the last minutes, by its name. Pure. */
import { sampleIn, withBeat, type WorkerSample } from '@manyhands/proto/worker-samples';
import type { WorkerRecord } from '@manyhands/sdk';
import type { Beat } from './worker-rows.ts';

export type SampleBook = ReadonlyMap<string, readonly WorkerSample[]>;
/** When each worker beat last, by its own clock. */
export type BeatTimes = ReadonlyMap<string, string>;

export const noSamples: SampleBook = new Map();
export const noBeats: BeatTimes = new Map();

export function recordedSamples(workers: WorkerRecord['workers']): SampleBook {
  return new Map(workers.map(({ worker, samples }) => [worker.worker, samples.map(sampleIn)]));
}

export function withBeats(book: SampleBook, beats: readonly Beat[], nowMs: number): SampleBook {
  const next = new Map(book);
  for (const beat of beats) next.set(beat.worker, withBeat(next.get(beat.worker) ?? [], beat, nowMs));
  return next;
}

export function beatTimes(live: readonly Beat[]): BeatTimes {
  return new Map(live.map(({ worker, beat_at }) => [worker, beat_at]));
}
