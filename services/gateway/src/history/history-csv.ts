/** Finished jobs as CSV, page by page. Pure. */
import type { HistoryPage } from '@manyhands/proto';
import { csvRow } from '../results/csv-row.ts';

type Job = HistoryPage['jobs'][number];

const columns: Readonly<Record<string, (job: Job) => string | number | null | undefined>> = {
  job_id: (job) => job.job_id,
  tenant: (job) => job.tenant,
  kind: (job) => job.kind,
  status: (job) => job.status,
  priority: (job) => job.priority,
  created_at: (job) => job.created_at,
  started_at: (job) => job.started_at,
  finished_at: (job) => job.finished_at,
  duration_sec: (job) => job.duration_sec,
  total_chunks: (job) => job.total_chunks,
  completed_chunks: (job) => job.completed_chunks,
  failed_chunks: (job) => job.failed_chunks,
  retries: (job) => job.retries,
  round: (job) => job.round ?? 0,
  error_code: (job) => job.error?.code,
  error_message: (job) => job.error?.message,
  detail: (job) => job.detail,
  tags: (job) =>
    Object.entries(job.tags ?? {})
      .map((tag) => tag.join('='))
      .join('; '),
  params: (job) => JSON.stringify(job.params),
};

/** At most `rowsMax` rows, newest first. `read` answers the page that begins at a cursor. Throws what it throws, so that a part is never taken for the whole. */
export async function* historyCsv(
  read: (cursor: string | undefined) => Promise<Pick<HistoryPage, 'jobs' | 'next_cursor'>>,
  rowsMax: number,
): AsyncGenerator<Buffer, void> {
  yield Buffer.from(csvRow(Object.keys(columns)));
  let cursor: string | undefined;
  for (let left = rowsMax; left > 0;) {
    const { jobs, next_cursor: next } = await read(cursor);
    const some = jobs.slice(0, left);
    left -= some.length;
    if (some.length > 0) yield Buffer.from(some.map((job) => csvRow(Object.values(columns).map((of) => cell(of(job))))).join(''));
    if (next === null) return;
    cursor = next;
  }
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front: it was written by a user, and is opened by an operator. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  return /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/.test(value) ? `'${value}` : value;
}
