/** The rows of a list of jobs, newest first, kept right while jobs come, change and go. Ids are UUIDv7, so their order is the order of time. */
import type { JobView } from '@manyhands/proto';
import { isFound, searchedText, wordsOf } from '@manyhands/proto/job-search';
import type { ListFilter } from './filter-address.ts';

export interface Rows {
  jobs: readonly JobView[];
  /** Where the next page starts; null when all are loaded. */
  cursor: string | null;
}

export interface JobUpdate {
  id: string;
  /** null: the job is gone. */
  view: JobView | null;
}

/** By the rules of the gateway. */
export function matches({ status, kind, tag, text }: ListFilter, view: JobView): boolean {
  return (
    (status === null || view.status === status) &&
    (kind === null || view.kind === kind) &&
    (tag === null || Object.entries(view.tags ?? {}).some((pair) => pair.join('=') === tag)) &&
    (text === null || isFound(wordsOf(text), view.job_id, view.kind, searchedText(view)))
  );
}

/** Whether an update to this job can show: it is in the list, or is as new as what is loaded. Decided without parsing its value. */
export function concerns(rows: Rows, id: string): boolean {
  const oldest = rows.jobs.at(-1);
  return rows.cursor === null || oldest === undefined || id >= oldest.job_id;
}

/** The rows after these updates: a job that no longer matches leaves, one that now matches comes in at its place. */
export function updatedRows(rows: Rows, updates: readonly JobUpdate[], filter: ListFilter): Rows {
  const byId = new Map(rows.jobs.map((job) => [job.job_id, job]));
  for (const { id, view } of updates) {
    if (view && matches(filter, view)) {
      if (byId.has(id) || concerns(rows, id)) byId.set(id, view);
    } else byId.delete(id);
  }
  return { jobs: newestFirst(byId), cursor: rows.cursor };
}

/** The rows with one more page; a job on both is taken from the rows, which are live. */
export function extendedRows(rows: Rows, page: Rows): Rows {
  const byId = new Map(page.jobs.map((job) => [job.job_id, job]));
  for (const job of rows.jobs) byId.set(job.job_id, job);
  return { jobs: newestFirst(byId), cursor: page.cursor };
}

/** The newest so many rows: a list that is live and never scrolled must not grow. A cursor is the id of the last job before it. */
export function trimmedRows(rows: Rows, most: number): Rows {
  const jobs = rows.jobs.slice(0, most);
  return jobs.length === rows.jobs.length ? rows : { jobs, cursor: jobs.at(-1)?.job_id ?? null };
}

/**
 * The rows while somebody reads further down: what is there changes at its place, nothing comes in or leaves, so nothing moves under the
 * eyes. `fresh` are the ids of jobs that would have come in above.
 */
export function heldRows(rows: Rows, updates: readonly JobUpdate[], filter: ListFilter): { rows: Rows; fresh: string[] } {
  const changed = new Map(updates.flatMap(({ id, view }) => (view ? [[id, view] as const] : [])));
  const newest = rows.jobs[0]?.job_id ?? '';
  const fresh = [...changed].filter(([id, view]) => id > newest && matches(filter, view)).map(([id]) => id);
  return { rows: { jobs: rows.jobs.map((job) => changed.get(job.job_id) ?? job), cursor: rows.cursor }, fresh };
}

/** What sorts next behind an id: as a cursor it leads to the page that begins with the job itself. */
export function idBehind(id: string): string {
  const [, head = '', digit = '', rest = ''] = /^(.*)([0-9a-e])(f*)$/.exec(id) ?? [];
  return digit === '' ? id : head + (parseInt(digit, 16) + 1).toString(16) + '0'.repeat(rest.length);
}

function newestFirst(byId: ReadonlyMap<string, JobView>): JobView[] {
  return [...byId.values()].sort((a, b) => (a.job_id < b.job_id ? 1 : a.job_id > b.job_id ? -1 : 0));
}
