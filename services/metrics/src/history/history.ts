/**
 * Finished jobs in SQL: written from the events of step finish, read by tenant.
 *
 * Invariant: applying an event twice, or an older one after a newer, leaves the row as the newest event states; the position in the
 * stream is committed together with the row, so it never claims what is not there.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { STREAMS, type HistoryPage, type QueryHistory } from '@manyhands/proto';
import { inTransaction } from './history-database.ts';
import { jobOf, rowOf, type FinishedJob, type JobRow } from './job-row.ts';

/** Bytes of jobs in one page at most, unless a single one has more: the page is one message, and leaves room for the server's limit. */
const PAGE_BYTES_MAX = 384 * 1024;

const columns = [
  'job_id',
  'tenant',
  'kind',
  'status',
  'priority',
  'params',
  'result',
  'error',
  'detail',
  'progress',
  'completed_chunks',
  'failed_chunks',
  'total_chunks',
  'duplicate_results',
  'retries',
  'workers',
  'created_at',
  'started_at',
  'finished_at',
  'duration_sec',
  'event_sequence',
] as const;

export class History {
  readonly #database: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #exists: StatementSync;
  readonly #move: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#exists = database.prepare('SELECT 1 FROM jobs WHERE job_id = ?');
    this.#upsert = database.prepare(
      `INSERT INTO jobs (${columns.join(', ')}) VALUES (${columns.map((column) => `:${column}`).join(', ')})
       ON CONFLICT (job_id) DO UPDATE SET ${columns
         .filter((column) => column !== 'job_id')
         .map((column) => `${column} = excluded.${column}`)
         .join(', ')}
       WHERE excluded.event_sequence >= jobs.event_sequence`,
    );
    this.#move = database.prepare(
      'INSERT INTO position (stream, sequence) VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET sequence = max(sequence, excluded.sequence)',
    );
  }

  /** Writes the row and the position in one transaction. Returns whether the job was not in history before. */
  apply(job: FinishedJob, eventSequence: number): boolean {
    return inTransaction(this.#database, () => {
      const isNew = this.#exists.get(job.job_id) === undefined;
      this.#upsert.run(pick(rowOf(job, eventSequence)));
      this.#move.run(STREAMS.events.name, eventSequence);
      return isNew;
    });
  }

  /** Highest sequence of EVENTS that was applied; 0 before the first. */
  position(): number {
    const row = this.#database.prepare('SELECT sequence FROM position WHERE stream = ?').get(STREAMS.events.name);
    return Number(row?.['sequence'] ?? 0);
  }

  /** Forgets the position, for a stream that began again. */
  rewind(): void {
    this.#database.exec('DELETE FROM position');
  }

  /** Removes jobs submitted before a time, at most `countMax`, so that writing never waits long. Returns how many. */
  forget(submittedBeforeMs: number, countMax: number): number {
    const { changes } = this.#database
      .prepare('DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE job_id < ? ORDER BY job_id LIMIT ?)')
      .run(firstIdAt(submittedBeforeMs), countMax);
    return Number(changes);
  }

  /** Undefined also when the job is another tenant's. */
  job(tenant: string, jobId: string): FinishedJob | undefined {
    const row = this.#database.prepare('SELECT * FROM jobs WHERE tenant = ? AND job_id = ?').get(tenant, jobId);
    return row && jobOf(row as JobRow);
  }

  /** One page, newest first by the time of submission, which job ids sort by. */
  page({ tenant, status, kind, from, to, before, limit }: Omit<QueryHistory, 'v' | 'type'>): HistoryPage {
    const wanted: [string, string | undefined][] = [
      ['status = ?', status],
      ['kind = ?', kind],
      ['job_id >= ?', from && firstIdAt(Date.parse(from))],
      ['job_id < ?', to && firstIdAt(Date.parse(to))],
      ['job_id < ?', before],
    ];
    const asked = wanted.filter((condition): condition is [string, string] => condition[1] !== undefined);
    const where = ['tenant = ?', ...asked.map(([condition]) => condition)].join(' AND ');
    const rows = this.#database
      .prepare(`SELECT * FROM jobs WHERE ${where} ORDER BY job_id DESC LIMIT ?`)
      .iterate(tenant, ...asked.map(([, value]) => value), limit + 1);
    const jobs: FinishedJob[] = [];
    let bytes = 0;
    for (const row of rows) {
      const job = jobOf(row as JobRow);
      bytes += Buffer.byteLength(JSON.stringify(job));
      if (jobs.length > 0 && (jobs.length === limit || bytes > PAGE_BYTES_MAX))
        return { v: 1, type: 'HistoryPage', jobs, next_cursor: jobs.at(-1)!.job_id };
      jobs.push(job);
    }
    return { v: 1, type: 'HistoryPage', jobs, next_cursor: null };
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** The smallest id of a job submitted at a time: ids begin with it, so the primary key finds jobs by time. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** Only the columns of this release: a field a newer coordinator adds is not ours to keep. */
function pick(row: JobRow): JobRow {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
