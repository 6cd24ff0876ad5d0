/** Whether dead chunks of a job may run again, alone or only together with its other dead chunks. Pure. */
import { limits, type JobStatus, type JobView } from '@manyhands/proto';
import { chunksIn } from '@manyhands/proto/failure-groups';
import { refusalOf } from './chosen-chunks.ts';

/** `no`: the job cannot be requeued, or none of these chunks is dead any more. */
export interface RequeuePlan {
  requeue: 'alone' | 'with others' | 'no';
  /** Why, as a sentence; null for `alone`. */
  detail: string | null;
}

/** Why no chunk of a job runs again, as a sentence; undefined where it may be tried. */
export function requeueRefusal({
  status,
  failed_chunks: failed = 0,
}: {
  status: JobStatus;
  failed_chunks?: number;
}): string | undefined {
  if (status === 'cancelled') return 'The job was cancelled; a cancelled job is not run again. Submit it as a new job.';
  if (failed === 0 && status !== 'failed') return 'No chunk of the job is dead, so there is nothing to run again.';
  return undefined;
}

type Known = Parameters<typeof refusalOf>[0] & Pick<JobView, 'status'>;

/** `view`: undefined when the job is kept no more. `chosen`: joined spans. */
export function planOf(view: Known | undefined, chosen: [begin: number, end: number][]): RequeuePlan {
  if (view === undefined)
    return { requeue: 'no', detail: 'The job is gone, and cannot be run again: jobs are kept for a limited time.' };
  const whole = requeueRefusal(view);
  if (whole !== undefined) return { requeue: 'no', detail: whole };
  const count = chunksIn(chosen);
  if (chosen.length > limits.requeueSpansMax || count > limits.requeueChunksMax)
    return {
      requeue: 'with others',
      detail: `These are ${count} chunks in ${chosen.length} spans; a requeue of a part takes at most ${limits.requeueChunksMax} in ${limits.requeueSpansMax}.`,
    };
  const part = refusalOf(view, chosen);
  return part === undefined
    ? { requeue: 'alone', detail: null }
    : { requeue: part.all ? 'with others' : 'no', detail: part.detail };
}
