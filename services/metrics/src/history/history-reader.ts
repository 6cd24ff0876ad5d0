/** Finished jobs in SQL, read: by search, one by one, and counted. Each question is of one tenant, or, for operators, of all. */
import type {
  FinishedStatistics,
  HistoryPage,
  JobStatus,
  KeptJob,
  QueryHistory,
  QueryKeptJob,
  QueryStatistics,
} from '@manyhands/proto';
import type { SqlDatabase, SqlRow } from '../sql/sql.ts';
import { indexed, looked } from './history-search.ts';
import { RECORDS, type RecordTable } from './history.ts';
import { busyOf, jobOf, roundOf, timingOf, type FinishedJob } from './job-row.ts';

/** Bytes of jobs in one page at most, unless a single one has more: the page is one message, and leaves room for the server's limit. */
const PAGE_BYTES_MAX = 384 * 1024;
/** Jobs looked at for one page of a search that no index answers; the page then ends early, and its cursor leads on. */
export const LOOKED_AT_MAX = 20_000;

/** Rounds, dead chunks and lines of one job that are shown, and the bytes of either of the two: with a job they fit into one message. */
const SHOWN_MAX = 100;
const SHOWN_BYTES_MAX = 128 * 1024;

type Statistics = Omit<FinishedStatistics, 'v' | 'type'>;

export class HistoryReader {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Undefined also when the job is another tenant's. */
  async job(tenant: string, jobId: string): Promise<FinishedJob | undefined> {
    const row = await this.#rowOf(tenant, jobId);
    return row && jobOf(row);
  }

  async #rowOf(tenant: string, jobId: string): Promise<SqlRow | undefined> {
    const [row] = await this.#database.rows('SELECT * FROM jobs WHERE tenant = ? AND job_id = ?', [tenant, jobId]);
    return row;
  }

  /** One page, newest first by the time of submission, which job ids sort by. */
  async page({ limit, busy: isTimed, ...search }: Omit<QueryHistory, 'v' | 'type'>): Promise<HistoryPage> {
    const found = indexed(search);
    const wanted = looked(search);
    const isBounded = wanted.values.length > 0;
    const [end] = isBounded
      ? await this.#database.rows(
          `SELECT job_id FROM jobs WHERE ${found.where} ORDER BY job_id DESC LIMIT 1 OFFSET ${LOOKED_AT_MAX - 1}`,
          found.values,
        )
      : [];
    const rows = await this.#database.rows(
      `SELECT * FROM jobs WHERE ${found.where} AND ${wanted.where}${end ? ' AND job_id >= ?' : ''} ORDER BY job_id DESC LIMIT ?`,
      [...found.values, ...wanted.values, ...(end ? [end['job_id'] ?? null] : []), limit + 1],
    );
    const jobs: FinishedJob[] = [];
    const busy: NonNullable<HistoryPage['busy']> = [];
    const pageTo = (next: string | null): HistoryPage => ({
      v: 1,
      type: 'HistoryPage',
      jobs,
      ...(isTimed && { busy }),
      next_cursor: next,
    });
    let bytes = 0;
    for (const row of rows) {
      const job = jobOf(row);
      bytes += Buffer.byteLength(JSON.stringify(job));
      if (jobs.length > 0 && (jobs.length === limit || bytes > PAGE_BYTES_MAX)) return pageTo(jobs.at(-1)!.job_id);
      jobs.push(job);
      const timing = isTimed && timingOf(row);
      if (timing) busy.push(busyOf(job.job_id, timing));
    }
    return pageTo(end === undefined ? null : String(end['job_id']));
  }

  /** All that is kept of a job; `job` is null also when it is another tenant's. */
  async kept({ tenant, job_id: jobId }: Omit<QueryKeptJob, 'v' | 'type'>): Promise<KeptJob> {
    const row = await this.#rowOf(tenant, jobId);
    if (row === undefined)
      return { v: 1, type: 'KeptJob', job: null, rounds: [], failures: [], lines: [], failure_count: 0, line_count: 0 };
    const timing = timingOf(row);
    const rounds = await this.#database.rows('SELECT * FROM rounds WHERE job_id = ? AND tenant = ? ORDER BY round DESC LIMIT ?', [
      jobId,
      tenant,
      SHOWN_MAX,
    ]);
    return {
      v: 1,
      type: 'KeptJob',
      job: jobOf(row),
      ...(timing && { timing }),
      rounds: rounds.toReversed().map(roundOf),
      failures: (await this.#newest('failures', jobId, tenant)) as KeptJob['failures'],
      lines: (await this.#newest('logs', jobId, tenant)) as KeptJob['lines'],
      failure_count: await this.#count('failures', jobId, tenant),
      line_count: await this.#count('logs', jobId, tenant),
    };
  }

  /** The newest that fit into a message beside the job, oldest first. */
  async #newest(table: RecordTable, jobId: string, tenant: string): Promise<unknown[]> {
    const { column } = RECORDS[table];
    const rows = await this.#database.rows(
      `SELECT ${column} AS record FROM ${table} WHERE job_id = ? AND tenant = ? ORDER BY sequence DESC LIMIT ?`,
      [jobId, tenant, SHOWN_MAX],
    );
    let bytes = 0;
    const fitting = rows.filter(({ record }) => (bytes += Buffer.byteLength(String(record))) <= SHOWN_BYTES_MAX);
    return fitting.toReversed().map(({ record }) => JSON.parse(String(record)) as unknown);
  }

  async #count(table: RecordTable, jobId: string, tenant: string): Promise<number> {
    const [row] = await this.#database.rows(`SELECT count(*) AS count FROM ${table} WHERE job_id = ? AND tenant = ?`, [
      jobId,
      tenant,
    ]);
    return Number(row?.['count']);
  }

  /** How the jobs of a tenant ended, together and by kind. The index has all that is read. */
  async statistics({ tenant, without }: Omit<QueryStatistics, 'v' | 'type'>): Promise<FinishedStatistics> {
    const not = without.length === 0 ? '' : ` AND job_id NOT IN (${without.map(() => '?').join(', ')})`;
    const rows = await this.#database.rows(
      `SELECT kind, status, count(*) AS count, count(duration_sec) AS timed, sum(duration_sec) AS seconds FROM jobs
       WHERE tenant = ?${not} GROUP BY kind, status ORDER BY kind`,
      [tenant, ...without],
    );
    const all = new Tally();
    const kinds = new Map<string, Tally>();
    for (const row of rows) {
      const kind = String(row['kind']);
      const tally = kinds.get(kind) ?? new Tally();
      kinds.set(kind, tally);
      for (const each of [all, tally])
        each.add(row['status'] as JobStatus, Number(row['count']), Number(row['timed']), Number(row['seconds'] ?? 0));
    }
    return {
      v: 1,
      type: 'FinishedStatistics',
      ...all.counts,
      kinds: [...kinds].slice(0, KINDS_MAX).map(([kind, tally]) => ({ kind, ...tally.counts })),
    };
  }
}

/** Kinds counted apart in one answer. */
const KINDS_MAX = 500;

class Tally {
  readonly #byStatus = { completed: 0, failed: 0, cancelled: 0 };
  #timed = 0;
  #seconds = 0;

  add(status: JobStatus, count: number, timed: number, seconds: number): void {
    if (status === 'completed' || status === 'failed' || status === 'cancelled') this.#byStatus[status] += count;
    if (status !== 'completed') return;
    this.#timed += timed;
    this.#seconds += seconds;
  }

  get counts(): Omit<Statistics, 'kinds'> {
    return { ...this.#byStatus, average_duration_sec: this.#timed === 0 ? null : this.#seconds / this.#timed };
  }
}
