/**
 * A batch as OpenAI's libraries know it, out of the job that it is, and its files. Pure.
 *
 *   validating ──▶ in_progress ──▶ finalizing ──▶ completed | expired | failed
 *                      └──▶ cancelling ──▶ cancelled
 *
 * A job is pending while it is `validating`, and `finalizing` when each of its requests has an outcome. It is `expired` when requests were left at the end of
 * its time: then they fail one after the other, unsent, and it ends.
 */
import {
  COMPLETION_WINDOW,
  isFinal,
  LLM_KIND,
  type Answer,
  type InputRecord,
  type JobView,
  type LlmParams,
} from '@manyhands/proto';
import { batchIdOf, fileIdOf } from './batch-ids.ts';

export type Batch = Answer<'OpenAiBatch'>;
export type BatchFile = Answer<'OpenAiFile'>;

/** The parameters of a job that is a batch; undefined for any other job. */
export function batchParams({ kind, params, input }: JobView): (LlmParams & { endpoint: string }) | undefined {
  const { endpoint } = params as LlmParams;
  return kind === LLM_KIND && endpoint !== undefined && input !== undefined ? { ...(params as LlmParams), endpoint } : undefined;
}

function statusOf(view: JobView, isBeingCancelled: boolean): Batch['status'] {
  const { status, completed_chunks: completed, failed_chunks: failed, total_chunks: total } = view;
  if (isBeingCancelled && !isFinal(status)) return 'cancelling';
  switch (status) {
    case 'pending':
      return 'validating';
    case 'running':
    case 'paused':
      return total > 0 && completed + failed === total ? 'finalizing' : 'in_progress';
    case 'completed':
      return isExpired(view) ? 'expired' : 'completed';
    case 'failed':
    case 'cancelled':
      return status;
  }
}

/** `view`: of a job with `batchParams`. */
export function batchOf(view: JobView, params: LlmParams & { endpoint: string }, isBeingCancelled: boolean): Batch {
  const { job_id: jobId, completed_chunks: completed, failed_chunks: failed, total_chunks: total } = view;
  const status = statusOf(view, isBeingCancelled);
  const isOver = isFinal(view.status);
  const at = (...during: Batch['status'][]): number | null => (during.includes(status) ? secondsOf(view.finished_at) : null);
  return {
    id: batchIdOf(jobId),
    object: 'batch',
    endpoint: params.endpoint,
    errors: status === 'failed' ? errorsOf(view) : null,
    input_file_id: fileIdOf.input(view.input!.id),
    completion_window: COMPLETION_WINDOW,
    status,
    output_file_id: isOver && view.results !== undefined ? fileIdOf.output(jobId) : null,
    error_file_id: isOver && completed < total ? fileIdOf.errors(jobId) : null,
    created_at: secondsOf(view.created_at)!,
    in_progress_at: secondsOf(view.started_at),
    expires_at: params.until === undefined ? null : secondsOf(params.until),
    finalizing_at: at('completed', 'expired'),
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: at('cancelled'),
    cancelled_at: at('cancelled'),
    request_counts: { total, completed, failed },
    metadata: params.metadata ?? null,
  };
}

/** Why a request has no answer that is neither dead nor answered. */
export function leftOf(view: JobView): { code: string; message: string } {
  if (view.status === 'cancelled')
    return { code: 'batch_cancelled', message: 'The batch was cancelled before this request was sent.' };
  return { code: 'batch_failed', message: view.error?.message ?? view.detail ?? 'The batch ended before this request was sent.' };
}

function isExpired({ params, finished_at: finishedAt, failed_chunks: failed }: JobView): boolean {
  const { until } = params as LlmParams;
  return failed > 0 && until !== undefined && finishedAt !== null && Date.parse(finishedAt) > Date.parse(until);
}

function errorsOf({ error, detail }: JobView): Batch['errors'] {
  const { code, message } = error ?? { code: 'failed', message: detail ?? 'The batch failed.' };
  return { object: 'list', data: [{ code, message, param: null, line: null }] };
}

function secondsOf(time: string | null): number | null {
  return time === null ? null : Math.floor(Date.parse(time) / 1_000);
}

export function fileOfInput({ input_id: inputId, bytes, created_at, batch }: InputRecord): BatchFile {
  return fileOf(fileIdOf.input(inputId), { bytes, at: created_at, filename: batch?.name ?? '', purpose: 'batch' });
}

type FileFacts = Pick<BatchFile, 'bytes' | 'filename' | 'purpose'> & { at: string };

export function fileOf(id: string, { at, ...facts }: FileFacts): BatchFile {
  return { id, object: 'file', ...facts, created_at: secondsOf(at)!, status: 'processed' };
}
