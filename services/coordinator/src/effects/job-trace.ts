/**
 * The part of a coordinator in the trace of a job: the span of the job, and which of its leases are sampled.
 *
 * Invariant: the id of the span follows from the job and its round, so that workers name it as the parent of their spans before it is written, and two
 * coordinators that end one job write the same span.
 */
import { derivedSpanId, isWithin, readTraceparent, traceparentOf, type Tracer } from '@manyhands/observe';
import { roundOf, type ComputeLease, type SubmitJob } from '@manyhands/proto';
import type { JobState } from '../job/state.ts';

/** Leases of one job that have a span, about: of a job with more chunks not every lease has one. */
export const LEASES_TRACED = 1_000;

export class JobTrace {
  readonly #tracer: Pick<Tracer, 'record' | 'close'>;
  /** Of the jobs in memory. */
  readonly #ids = new Map<string, string>();

  constructor(tracer: Pick<Tracer, 'record' | 'close'>) {
    this.#tracer = tracer;
  }

  see({ job_id: jobId, trace }: SubmitJob): void {
    const given = readTraceparent(trace);
    if (given !== undefined) this.#ids.set(jobId, given.traceId);
  }

  forget(jobId: string): void {
    this.#ids.delete(jobId);
  }

  /** The trace of a job in memory, for log lines about it. */
  idOf(jobId: string): string | undefined {
    return this.#ids.get(jobId);
  }

  /** What was recorded is sent. */
  close(): Promise<void> {
    return this.#tracer.close();
  }

  /** The job is over; `endMs`: before its final view is shown, so that what waits for that ends later. */
  over({ submit, status, round, startedAtMs, done, dead, retries, error }: JobState, endMs: number): void {
    const given = readTraceparent(submit.trace);
    if (given === undefined) return;
    const submittedMs = Date.parse(submit.submitted_at);
    this.#tracer.record({
      name: `job ${submit.kind}`,
      kind: 'consumer',
      traceId: given.traceId,
      spanId: jobSpanId(given.traceId, submit, round),
      parentSpanId: given.spanId,
      startMs: submittedMs,
      endMs,
      attributes: {
        'manyhands.job': submit.job_id,
        'manyhands.kind': submit.kind,
        'manyhands.lane': submit.lane,
        'manyhands.status': status,
        'manyhands.round': round,
        'manyhands.chunks': submit.chunks,
        'manyhands.chunks_done': done.size,
        'manyhands.chunks_dead': dead.size,
        'manyhands.retries': retries,
        'manyhands.queued_ms': startedAtMs === null ? undefined : Math.max(0, Math.round(startedAtMs - submittedMs)),
      },
      ...(status === 'failed' && { error: error?.message ?? 'failed' }),
    });
  }
}

/** Header `traceparent` of a lease; undefined when its job is not traced, or this lease of it is not. */
export function leaseTraceparent(submit: SubmitJob, { lease, task }: ComputeLease): string | undefined {
  const given = readTraceparent(submit.trace);
  if (given === undefined) return undefined;
  // Merges are few. Larger leases are fewer, and more of them have a span.
  const share = task.op === 'merge' ? 1 : (LEASES_TRACED * (task.end - task.begin)) / submit.chunks;
  if (!isWithin(`${submit.job_id} ${lease}`, share)) return undefined;
  const { traceId } = given;
  return traceparentOf({ traceId, spanId: jobSpanId(traceId, submit, roundOf(task.attempt)), isSampled: true });
}

function jobSpanId(traceId: string, { job_id: jobId }: SubmitJob, round: number): string {
  return derivedSpanId(traceId, `${jobId} ${round}`);
}
