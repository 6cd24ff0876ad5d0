/** Turns a finished job into rows and back. Pure. */
import type { HistoryPage, JobFinished, JobTiming, KeptJob } from '@manyhands/proto';
import type { SqlRow } from '../sql/sql.ts';

export type FinishedJob = JobFinished['job'];

/** Columns of `jobs` that every job fills, in the order of the view. */
const plainColumns = [
  'job_id',
  'tenant',
  'kind',
  'status',
  'priority',
  'detail',
  'progress',
  'completed_chunks',
  'failed_chunks',
  'total_chunks',
  'duplicate_results',
  'retries',
  'created_at',
  'started_at',
  'finished_at',
  'duration_sec',
] as const;

/** Columns that hold JSON. */
const jsonColumns = ['params', 'result', 'error', 'workers'] as const;

export const jobColumns: readonly string[] = [...plainColumns, ...jsonColumns, 'more', 'trouble', 'timing', 'event_sequence'];

export function rowOf(job: FinishedJob, eventSequence: number, timing?: JobTiming): SqlRow {
  const known = new Set<string>([...plainColumns, ...jsonColumns]);
  const more = Object.entries(job).filter(([field, value]) => !known.has(field) && value !== undefined);
  return {
    ...(Object.fromEntries(plainColumns.map((column) => [column, job[column]])) as SqlRow),
    ...Object.fromEntries(jsonColumns.map((column) => [column, JSON.stringify(job[column])])),
    more: more.length === 0 ? null : JSON.stringify(Object.fromEntries(more)),
    trouble: job.error === null ? null : `${job.error.code}: ${job.error.message}`.toLowerCase(),
    timing: timing === undefined ? null : JSON.stringify(timing),
    event_sequence: eventSequence,
  };
}

/** Undefined where none is kept. */
export function timingOf({ timing }: SqlRow): JobTiming | undefined {
  return typeof timing === 'string' ? (JSON.parse(timing) as JobTiming) : undefined;
}

/** What all its slots were taken up by, waiting for turns too. */
export function busyOf(jobId: string, { busy, slots }: JobTiming): NonNullable<HistoryPage['busy']>[number] {
  return { job_id: jobId, busy_ms: busy.computing + busy.merging + busy.pacing, slots };
}

export function jobOf(row: SqlRow): FinishedJob {
  const plain = Object.fromEntries(plainColumns.map((column) => [column, row[column]]));
  const parsed = Object.fromEntries(jsonColumns.map((column) => [column, JSON.parse(String(row[column])) as unknown]));
  const more = typeof row['more'] === 'string' ? (JSON.parse(row['more']) as object) : {};
  return { ...plain, ...parsed, ...more } as FinishedJob;
}

export const roundColumns = [
  'job_id',
  'round',
  'tenant',
  'status',
  'error',
  'detail',
  'completed_chunks',
  'failed_chunks',
  'retries',
  'finished_at',
  'duration_sec',
  'event_sequence',
] as const;

export function roundRowOf(job: FinishedJob, eventSequence: number): SqlRow {
  const columns = { ...job, round: job.round ?? 0, error: JSON.stringify(job.error), event_sequence: eventSequence };
  return Object.fromEntries(roundColumns.map((column) => [column, columns[column]]));
}

/** A tag as it is searched for: its name, `=`, its value. */
export function tagsOf(job: FinishedJob): string[] {
  return Object.entries(job.tags ?? {}).map(([name, value]) => `${name}=${value}`);
}

export function roundOf(row: SqlRow): KeptJob['rounds'][number] {
  const { job_id: _job, tenant: _tenant, event_sequence: _sequence, error, ...plain } = row;
  return { ...plain, error: JSON.parse(String(error)) as unknown } as KeptJob['rounds'][number];
}
