/**
 * How the finished jobs of each day went: one answer for the whole period, of bounded size and of bounded work.
 *
 * Invariant: the newest `limits.trendJobsMax` jobs that an index finds are looked at, no others; the answer states from when on where that
 * left some out, or time was over. A day is one of UTC, and a job is of the day it was submitted on, as the list of finished jobs has it.
 *
 * Rejected: counting in SQL, with window functions for the percentiles. 100,000 jobs took 1.7 s of a SQLite file there, in one statement that
 * nothing else gets past; read in pages and counted here they take 0.6 s, and others have their turn between the pages.
 */
import { setImmediate as others } from 'node:timers/promises';
import { limits, utcDays, type JobTrends, type QueryTrends } from '@manyhands/proto';
import type { SqlDatabase, SqlRow, SqlValue } from '../sql/sql.ts';
import { indexed, looked } from './history-search.ts';
import { TrendTally, type CountedJob } from './trend-tally.ts';

/** Rows read at once: some milliseconds of a SQLite file. */
const PAGE_ROWS = 5_000;
/** No page is begun later: who asks waits for 1.5 s. */
const WITHIN_MS = 1_000;

export class HistoryTrends {
  readonly #database: SqlDatabase;
  readonly #lookedAtMax: number;
  readonly #pageRows: number;
  readonly #withinMs: number;

  constructor(
    database: SqlDatabase,
    { lookedAtMax = limits.trendJobsMax as number, pageRows = PAGE_ROWS, withinMs = WITHIN_MS } = {},
  ) {
    this.#database = database;
    this.#lookedAtMax = lookedAtMax;
    this.#pageRows = pageRows;
    this.#withinMs = withinMs;
  }

  async read({ v: _v, type: _type, ...search }: QueryTrends): Promise<JobTrends> {
    const untilMs = performance.now() + this.#withinMs;
    const found = indexed(search);
    const wanted = looked(search);
    let oldest = await this.#oldestLookedAt(found.where, found.values);
    const tally = new TrendTally();
    const statement = `SELECT job_id, kind, status, completed_chunks, duration_sec FROM jobs
       WHERE ${found.where} AND ${wanted.where} AND job_id >= ? AND job_id < ? ORDER BY job_id DESC LIMIT ?`;
    for (let before: SqlValue | undefined = AFTER_ALL; before !== undefined;) {
      const rows: SqlRow[] = await this.#database.rows(statement, [
        ...found.values,
        ...wanted.values,
        oldest ?? '',
        before,
        this.#pageRows,
      ]);
      for (const row of rows) tally.add(countedOf(row));
      before = rows.length < this.#pageRows ? undefined : rows.at(-1)?.['job_id'];
      await others();
      if (before === undefined || performance.now() < untilMs) continue;
      oldest = String(before);
      break;
    }
    return {
      v: 1,
      type: 'JobTrends',
      ...tally.answer(utcDays(Date.parse(search.from), Date.parse(search.to))),
      counted_from: oldest === undefined ? null : new Date(submittedMs(oldest)).toISOString(),
    };
  }

  /** The id of the oldest job that is looked at; undefined where all are. */
  async #oldestLookedAt(where: string, values: readonly SqlValue[]): Promise<string | undefined> {
    const [last, further] = await this.#database.rows(
      `SELECT job_id FROM jobs WHERE ${where} ORDER BY job_id DESC LIMIT 2 OFFSET ?`,
      [...values, this.#lookedAtMax - 1],
    );
    return further && String(last?.['job_id']);
  }
}

/** Sorts after every id. */
const AFTER_ALL = 'g';

function countedOf(row: SqlRow): CountedJob {
  const seconds = row['duration_sec'] ?? null;
  return {
    submittedMs: submittedMs(String(row['job_id'])),
    kind: String(row['kind']),
    status: String(row['status']),
    durationSec: seconds === null ? null : Number(seconds),
    chunks: Number(row['completed_chunks']),
  };
}

/** Ids begin with the time of submission. */
function submittedMs(jobId: string): number {
  return Number.parseInt(jobId.slice(0, 8) + jobId.slice(9, 13), 16);
}
