/**
 * Finished jobs in SQL, written: from the events of step finish, the dead letters and the lines of logs.
 *
 *   opened ──begin──▶ current ⇄ away (the database does not answer: nothing is acknowledged, everything comes again)
 *
 * Invariant: applying an event twice, or an older one after a newer, leaves the rows as the newest event states; the position in a
 * stream is committed together with the rows, so it never claims what is not there.
 */
import { STREAMS, type JobTiming, type StreamKey } from '@manyhands/proto';
import { bringUpToDate } from '../sql/migrations.ts';
import type { Sql, SqlDatabase, SqlRow } from '../sql/sql.ts';
import { jobColumns, roundColumns, roundRowOf, rowOf, tagsOf, type FinishedJob } from './job-row.ts';
import { schemaSteps } from './schema.ts';

export interface FinishedEvent {
  job: FinishedJob;
  sequence: number;
  timing?: JobTiming | undefined;
  /** `traceparent` of the request that submitted it. */
  trace?: string | undefined;
}

/** One dead letter or one line of a log, as it is stored. */
export interface StoredRecord {
  jobId: string;
  tenant: string;
  sequence: number;
  text: string;
}

/** The tables of what is kept beside a job: from which stream, in which column, and how much of one job. */
export const RECORDS = {
  failures: { stream: 'dead', column: 'letter', perJobMax: 1_000 },
  logs: { stream: 'logs', column: 'line', perJobMax: 10_000 },
} as const satisfies Record<string, { stream: StreamKey; column: string; perJobMax: number }>;
export type RecordTable = keyof typeof RECORDS;

/** Every table with rows of jobs: `jobs` last, so that what is left after a crash is found again. */
const tablesOfJobs = ['logs', 'failures', 'rounds', 'job_tags', 'jobs'] as const;

export class History {
  readonly #database: SqlDatabase;
  readonly #upsertJob: string;
  readonly #upsertRound: string;
  #problem: string | undefined;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#upsertJob = upsertOf('jobs', jobColumns, ['job_id']);
    this.#upsertRound = upsertOf('rounds', roundColumns, ['job_id', 'round']);
  }

  /** Where it is kept, for people. */
  get shown(): string {
    return this.#database.shown;
  }

  /** Why it cannot be written now, as far as the last try shows. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Makes its tables, or brings them up to date. Throws `WrongSettings` when that will never work, and anything else while it does not answer. */
  begin(): Promise<void> {
    return this.#trying(() => bringUpToDate(this.#database, schemaSteps));
  }

  /** Writes the rows of finished jobs and the position in one transaction. Returns those that were not in history before. */
  apply(events: readonly FinishedEvent[]): Promise<FinishedJob[]> {
    return this.#trying(() =>
      this.#database.transaction(async (sql) => {
        const news: FinishedJob[] = [];
        for (const { job, sequence, timing } of events) {
          const [known] = await sql.rows('SELECT event_sequence FROM jobs WHERE job_id = ?', [job.job_id]);
          if (known === undefined) news.push(job);
          await sql.run(this.#upsertJob, valuesOf(rowOf(job, sequence, timing), jobColumns));
          await sql.run(this.#upsertRound, valuesOf(roundRowOf(job, sequence), roundColumns));
          for (const tag of tagsOf(job))
            await sql.run('INSERT INTO job_tags (job_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING', [job.job_id, tag]);
        }
        await move(sql, 'events', Math.max(0, ...events.map(({ sequence }) => sequence)));
        return news;
      }),
    );
  }

  /** Writes dead letters or lines, the position up to which the stream was looked through, and removes the oldest of a job that has too many. */
  keep(table: RecordTable, records: readonly StoredRecord[], through: number): Promise<void> {
    const { stream, column, perJobMax } = RECORDS[table];
    return this.#trying(() =>
      this.#database.transaction(async (sql) => {
        for (const { jobId, tenant, sequence, text } of records)
          await sql.run(`INSERT INTO ${table} (job_id, sequence, tenant, ${column}) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, [
            jobId,
            sequence,
            tenant,
            text,
          ]);
        for (const jobId of new Set(records.map((record) => record.jobId)))
          await sql.run(
            `DELETE FROM ${table} WHERE job_id = ? AND sequence <=
               (SELECT sequence FROM ${table} WHERE job_id = ? ORDER BY sequence DESC LIMIT 1 OFFSET ${perJobMax})`,
            [jobId, jobId],
          );
        await move(sql, stream, through);
      }),
    );
  }

  /** Highest sequence of the stream that was applied; 0 before the first. */
  position(stream: StreamKey): Promise<number> {
    return this.#trying(async () => {
      const [row] = await this.#database.rows('SELECT sequence FROM position WHERE stream = ?', [STREAMS[stream].name]);
      return Number(row?.['sequence'] ?? 0);
    });
  }

  /** Forgets the position, for a stream that began again. */
  async rewind(stream: StreamKey): Promise<void> {
    await this.#database.run('DELETE FROM position WHERE stream = ?', [STREAMS[stream].name]);
  }

  /** Removes what belongs to jobs submitted before a time, at most `countMax` rows of a table, so that writing never waits long. Returns the most it removed from one. */
  async forget(submittedBeforeMs: number, countMax: number): Promise<number> {
    let most = 0;
    for (const table of tablesOfJobs) {
      const [last] = await this.#database.rows(
        `SELECT max(job_id) AS last FROM (SELECT job_id FROM ${table} WHERE job_id < ? ORDER BY job_id LIMIT ?) AS oldest`,
        [firstIdAt(submittedBeforeMs), countMax],
      );
      const through = last?.['last'] ?? null;
      if (through === null) continue;
      most = Math.max(most, await this.#database.run(`DELETE FROM ${table} WHERE job_id <= ?`, [through]));
    }
    return most;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #trying<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#problem = undefined;
      return result;
    } catch (error) {
      this.#problem = `history cannot be written to ${this.shown}: ${sentenceOf(error)}. What happens meanwhile waits on the bus and is written once it can be.`;
      throw error;
    }
  }
}

/** The smallest id of a job submitted at a time: ids begin with it, so the primary key finds jobs by time. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

async function move(sql: Sql, stream: StreamKey, sequence: number): Promise<void> {
  await sql.run(
    `INSERT INTO position (stream, sequence) VALUES (?, ?)
     ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence > position.sequence`,
    [STREAMS[stream].name, sequence],
  );
}

/** A row of an older event never takes the place of a newer one. */
function upsertOf(table: string, columns: readonly string[], keys: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${columns
      .filter((column) => !keys.includes(column))
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}
    WHERE excluded.event_sequence >= ${table}.event_sequence`;
}

function valuesOf(row: SqlRow, columns: readonly string[]) {
  return columns.map((column) => row[column] ?? null);
}

/** Node wraps the refusals of several addresses into one error without words. */
function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(sentenceOf).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}
