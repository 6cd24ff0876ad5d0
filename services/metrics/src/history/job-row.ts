/** Turns a finished job into a row of `jobs` and back. Pure. */
import type { JobFinished } from '@manyhands/proto';

export type FinishedJob = JobFinished['job'];

/** Columns that hold JSON. */
const jsonColumns = ['params', 'result', 'error', 'workers'] as const;

export type JobRow = Record<string, string | number | null>;

export function rowOf(job: FinishedJob, eventSequence: number): JobRow {
  const {
    input: _input,
    finish: _finish,
    max_failed: _maxFailed,
    tags: _tags,
    results: _results,
    stored: _stored,
    ...columns
  } = job;
  return {
    ...columns,
    params: JSON.stringify(job.params),
    result: JSON.stringify(job.result),
    error: JSON.stringify(job.error),
    workers: JSON.stringify(job.workers),
    event_sequence: eventSequence,
  };
}

export function jobOf(row: JobRow): FinishedJob {
  const { event_sequence: _sequence, ...columns } = row;
  const parsed = Object.fromEntries(jsonColumns.map((column) => [column, JSON.parse(String(row[column])) as unknown]));
  return { ...columns, ...parsed } as FinishedJob;
}
