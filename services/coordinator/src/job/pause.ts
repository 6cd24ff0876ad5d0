/**
 * Pausing a job: nothing new is handed out, what is handed out is taken back. A result already on its way counts, as any other.
 *
 * Invariant: pausing what is paused and resuming what runs changes nothing, so commands may come twice; a final job is not touched.
 */
import type { PauseJob, ResumeJob } from '@manyhands/proto';
import { moved, type JobState } from './state.ts';

export function pausedOrResumed(job: JobState, { type, tenant }: PauseJob | ResumeJob): JobState {
  if (tenant !== job.submit.tenant) return job;
  if (type === 'PauseJob') return job.status === 'running' ? moved(job, 'paused') : job;
  return job.status === 'paused' ? moved(job, 'running') : job;
}
