/** What a job looks like between the moment its requeue is stored and the first view of the new round. Pure. */
import type { ChosenChunks, JobView } from '@manyhands/proto';
import { deadWithout } from '../jobs/chosen-chunks.ts';
import type { JobDigest } from './job-digest.ts';

/** Whether a job that is over may run again: it failed, or completed with gaps. */
export function mayRunAgain({ status, failed_chunks: failed = 0 }: JobDigest): boolean {
  return status === 'failed' || (status === 'completed' && failed > 0);
}

/** `view` is the last one of the round before: its dead chunks wait again, all or the chosen ones, and what it ended with is no longer so. */
export function requeuedView(view: JobView, round: number, chosen?: ChosenChunks): JobView {
  const failed = chosen === undefined ? [] : deadWithout(view.chunks, chosen);
  const dead = Math.min(
    view.failed_chunks,
    failed.reduce((sum, [begin, end]) => sum + end - begin, 0),
  );
  return {
    ...view,
    status: 'running',
    progress: Math.min(view.progress, (view.completed_chunks + dead) / view.total_chunks),
    failed_chunks: dead,
    result: null,
    error: null,
    detail: 'Waiting for a coordinator that runs it again.',
    finished_at: null,
    rate: null,
    eta_sec: null,
    round,
    chunks: { ...view.chunks, leased: [], failed },
  };
}
