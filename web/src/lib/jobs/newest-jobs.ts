/** So many jobs, over as many pages as it takes. */
import { limits } from '@manyhands/proto/limits';
import type { JobPage } from '../api.ts';
import { extendedRows, type Rows } from './rows.ts';

export type FetchPage = (limit: number, cursor: string | null) => Promise<JobPage>;

/** The newest of those behind `after`; of all unless it is given. */
export async function fetchJobs(count: number, fetchPage: FetchPage, after: string | null = null): Promise<Rows> {
  let rows: Rows = { jobs: [], cursor: after };
  do {
    const page = await fetchPage(Math.min(limits.pageSizeMax, count - rows.jobs.length), rows.cursor);
    rows = extendedRows(rows, { jobs: page.jobs, cursor: page.next_cursor });
  } while (rows.cursor !== null && rows.jobs.length < count);
  return rows;
}
