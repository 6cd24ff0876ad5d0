/**
 * Whether a job just submitted is likely over before anybody could look: then its first view waits a moment, and mostly is the last.
 *
 * A view of a job that runs for two milliseconds costs as much as the job: a write, its flush to disk, and one message to every gateway.
 */
import type { JobState } from './state.ts';

/** Milliseconds a first view waits at most; a brief job ends within half of it. Two blinks of an eye are longer. */
export const BRIEF_VIEW_MS = 200;

export function isBrief({ pace, submit }: JobState, slots: number): boolean {
  return slots > 0 && pace.msPerChunk !== null && (pace.msPerChunk * submit.chunks) / slots < BRIEF_VIEW_MS / 2;
}
