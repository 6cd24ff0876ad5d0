/** What task queues call the states of a job, for the compatible routes. Pure. */
import type { Answer, JobView } from '@manyhands/proto';

export type TaskState = 'PENDING' | 'STARTED' | 'PROGRESS' | 'SUCCESS' | 'FAILURE';

/** A paused job makes progress later. They have no word for a cancelled one, and their clients wait for one of the last two. */
export function taskState({ status, completed_chunks: done }: Pick<JobView, 'status' | 'completed_chunks'>): TaskState {
  switch (status) {
    case 'pending':
      return 'PENDING';
    case 'running':
    case 'paused':
      return done === 0 ? 'STARTED' : 'PROGRESS';
    case 'completed':
      return 'SUCCESS';
    case 'failed':
    case 'cancelled':
      return 'FAILURE';
  }
}

/** Why it has no result, as a sentence; null where it has one, or may get one. */
export function failureOf({ status, error, detail }: Pick<JobView, 'status' | 'error' | 'detail'>): string | null {
  if (status !== 'failed' && status !== 'cancelled') return null;
  return error?.message ?? detail ?? 'It ended without a result.';
}

/** A job as the reference for long-running APIs has it. `result`: where it is no part of the view. */
export function taskOf(view: JobView, result = view.result): Answer<'CompatTask'> {
  return {
    task_id: view.job_id,
    status: taskState(view),
    result,
    result_payload: result,
    created_at: view.created_at,
    started_at: view.started_at,
    completed_at: view.finished_at,
    retry_count: view.retries,
  };
}
