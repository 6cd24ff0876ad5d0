/** A history of its own for each test, on a database that was never used. */
import { afterEach, beforeEach } from 'vitest';
import type { SqlDatabase } from '../../sql/sql.ts';
import { HistoryReader } from '../history-reader.ts';
import { History } from '../history.ts';
import type { FinishedJob } from '../job-row.ts';

export interface TestDatabases {
  /** One that was never used. */
  fresh(): SqlDatabase | Promise<SqlDatabase>;
  /** The one made last, opened again. */
  again(): SqlDatabase;
}

export class TestHistory {
  database!: SqlDatabase;
  history!: History;
  reader!: HistoryReader;

  /** To be called where tests are described. */
  constructor(readonly databases: TestDatabases) {
    beforeEach(async () => this.#open(await databases.fresh()));
    afterEach(() => this.history.close());
  }

  /** After it was closed. */
  openAgain(): Promise<void> {
    return this.#open(this.databases.again());
  }

  /** Whether it was not there before. */
  async apply(job: FinishedJob, sequence: number): Promise<boolean> {
    return (await this.history.apply([{ job, sequence }])).length > 0;
  }

  async #open(database: SqlDatabase): Promise<void> {
    this.database = database;
    this.history = new History(database);
    this.reader = new HistoryReader(database);
    await this.history.begin();
  }
}
