/**
 * A job of which nothing can be read any more but its id and its tenant: its saved state and its view are damaged, its mailbox is empty, and no event states how it ended before.
 *
 * Invariant: it has no chunks, so there is nothing that a requeue could run. It only ends, with a reason, and its saved state is removed.
 */
import { SubmitJob } from '@manyhands/proto';
import { isoTime } from './clock.ts';

const KIND = 'unknown';
/** Hexadecimal digits of a UUIDv7 that are its time, in milliseconds since the epoch. */
const TIME_DIGITS = 12;

/** What stands for the submission of such a job. It is not published. */
export function unknownSubmit(jobId: string, tenant: string): SubmitJob {
  const madeMs = Number.parseInt(jobId.replaceAll('-', '').slice(0, TIME_DIGITS), 16);
  return {
    v: 1,
    type: SubmitJob.shape.type.value,
    job_id: jobId,
    tenant,
    kind: KIND,
    params: {},
    chunks: 0,
    lane: 'normal',
    on_dead_chunk: 'fail',
    submitted_at: isoTime(madeMs),
  };
}

/** A job of a kind of that name which really has no chunks counts as unknown too: then it is to be submitted again. */
export function isUnknown({ kind, chunks }: Pick<SubmitJob, 'kind' | 'chunks'>): boolean {
  return kind === KIND && chunks === 0;
}
