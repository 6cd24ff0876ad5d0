/**
 * Finished jobs in SQL: written from the events of step finish, read by tenant.
 *
 * Invariant: applying an event twice, or an older one after a newer, leaves the row as the newest event says; the position in the
 * stream is committed together with the row, so it never claims what is not there.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { STREAMS } from '@manyhands/proto';
import { inTransaction } from './history-database.ts';
import { jobOf, rowOf, type FinishedJob, type JobRow } from './job-row.ts';

export interface HistoryQuery {
  tenant: string;
  status?: string;
  kind?: string;
  /** Only jobs submitted before the one with this id, which is how the next page is asked for. */
  beforeJobId?: string;
  limit: number;
}

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

  /** Forgets the position, for a stream that began anew. */
  rewind(): void {
    this.#database.exec('DELETE FROM position');
  }

  /** Removes jobs submitted before a time, at most `countMax`, so that writing never waits long. Returns how many. */
  forget(submittedBeforeMs: number, countMax: number): number {
    // Job ids begin with the time of submission, so the primary key finds the old ones.
    const hex = Math.max(0, submittedBeforeMs).toString(16).padStart(12, '0');
    const firstKept = `${hex.slice(0, 8)}-${hex.slice(8)}`;
    const { changes } = this.#database
      .prepare('DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE job_id < ? ORDER BY job_id LIMIT ?)')
      .run(firstKept, countMax);
    return Number(changes);
  }

  /** Undefined also when the job is another tenant's. */
  job(tenant: string, jobId: string): FinishedJob | undefined {
    const row = this.#database.prepare('SELECT * FROM jobs WHERE tenant = ? AND job_id = ?').get(tenant, jobId);
    return row && jobOf(row as JobRow);
  }

  /** Newest first by the time of submission, which job ids sort by. */
  jobs({ tenant, status, kind, beforeJobId, limit }: HistoryQuery): FinishedJob[] {
    const wanted: [string, string | undefined][] = [
      ['status = ?', status],
      ['kind = ?', kind],
      ['job_id < ?', beforeJobId],
    ];
    const asked = wanted.filter((condition): condition is [string, string] => condition[1] !== undefined);
    const where = ['tenant = ?', ...asked.map(([condition]) => condition)].join(' AND ');
    const rows = this.#database
      .prepare(`SELECT * FROM jobs WHERE ${where} ORDER BY job_id DESC LIMIT ?`)
      .all(tenant, ...asked.map(([, value]) => value), limit);
    return rows.map((row) => jobOf(row as JobRow));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Only the columns of this release: a field a newer coordinator adds is not ours to keep. */
function pick(row: JobRow): JobRow {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
