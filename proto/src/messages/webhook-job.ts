/**
 * The job that notifies of the end of another one: kind `webhook`, one chunk. So a notification is stored, tried again, limited and shown like every job, and goes
 * out by the rules of workers for the outside. Pure.
 *
 * Invariant: one for each end of a job, however often that is published: its id is made from the job, its round, and when it ended.
 */
import { scheduledJobId } from '../ids.ts';
import { limits } from '../limits.ts';
import { SubmitJob } from './job-commands.ts';
import type { JobFinished } from './job-finished.ts';
import { JsonText } from './json-text.ts';
import { JOB_ENDS, type JobEnd } from './notify.ts';

/** The event, its data and the result's own place are around it. */
const RESULT_DEPTH_MAX = limits.paramsDepthMax - 3;

export const WEBHOOK = { kind: 'webhook', attempts: 10, concurrency: 8, tag: 'webhook-of' } as const;

/** The body that is sent, in the form of Standard Webhooks. */
export interface WebhookEvent {
  type: `job.${JobEnd}`;
  /** When it ended, ISO 8601. */
  timestamp: string;
  data: Pick<
    JobFinished['job'],
    | 'job_id'
    | 'kind'
    | 'status'
    | 'completed_chunks'
    | 'failed_chunks'
    | 'total_chunks'
    | 'error'
    | 'tags'
    | 'schedule_id'
    | 'created_at'
    | 'started_at'
    | 'finished_at'
    | 'duration_sec'
  > & {
    /** How often it was requeued before. */
    round: number;
    /** The answer, where it is not longer than `limits.notifyResultCharsMax` as JSON nested no deeper than params may be, and without whole numbers beyond 2^53; else it is left out. */
    result?: unknown;
  };
}

/** The submission of it, where the job asks for one; undefined: it does not, or not for this end. */
export function webhookOf(job: JobFinished['job']): SubmitJob | undefined {
  const { notify, job_id, tenant, round = 0, finished_at: finishedAt } = job;
  const end = (notify?.on ?? JOB_ENDS).find((one) => one === job.status);
  if (notify === undefined || end === undefined || finishedAt === null) return undefined;
  const { url, secret } = notify;
  return {
    v: 1,
    type: SubmitJob.shape.type.value,
    job_id: scheduledJobId(job_id, `notify ${round}`, Date.parse(finishedAt)),
    tenant,
    kind: WEBHOOK.kind,
    params: { url, ...(secret !== undefined && { secret }), event: eventOf(job, end, finishedAt) },
    chunks: 1,
    lane: 'high',
    on_dead_chunk: 'fail',
    max_attempts: WEBHOOK.attempts,
    concurrency: WEBHOOK.concurrency,
    tags: { [WEBHOOK.tag]: job_id },
    submitted_at: finishedAt,
  };
}

function eventOf(job: JobFinished['job'], end: JobEnd, timestamp: string): WebhookEvent {
  const { job_id, kind, status, completed_chunks, failed_chunks, total_chunks, error, tags, schedule_id, result } = job;
  const { created_at, started_at, finished_at, duration_sec, round = 0 } = job;
  return {
    type: `job.${end}`,
    timestamp,
    data: {
      job_id,
      kind,
      status,
      round,
      completed_chunks,
      failed_chunks,
      total_chunks,
      error,
      ...(tags && { tags }),
      ...(schedule_id !== undefined && { schedule_id }),
      created_at,
      started_at,
      finished_at,
      duration_sec,
      ...(isSmall(result) && { result }),
    },
  };
}

/** Of those of a coordinator it is text. Whole numbers that JavaScript cannot hold would arrive as others. */
function isSmall(result: unknown): boolean {
  const text = result instanceof JsonText ? result.text : JSON.stringify(result);
  if (text === 'null' || text.length > limits.notifyResultCharsMax) return false;
  let [depth, deepest] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|-?[\d.]+/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, (depth += 1));
    else if (token === ']' || token === '}') depth -= 1;
    else if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))) return false;
  }
  return deepest <= RESULT_DEPTH_MAX;
}
