/**
 * Tables of the history database, as steps from one `user_version` to the next. A step that was released is never edited.
 *
 * Times are ISO 8601 texts, structured values JSON texts, so a person with the `sqlite3` shell reads rows as they are.
 */
export const schemaSteps: readonly string[] = [
  `CREATE TABLE jobs (
     job_id TEXT PRIMARY KEY,
     tenant TEXT NOT NULL,
     kind TEXT NOT NULL,
     status TEXT NOT NULL,
     priority TEXT NOT NULL,
     params TEXT NOT NULL,
     result TEXT NOT NULL,
     error TEXT NOT NULL,
     detail TEXT,
     progress REAL NOT NULL,
     completed_chunks INTEGER NOT NULL,
     failed_chunks INTEGER NOT NULL,
     total_chunks INTEGER NOT NULL,
     duplicate_results INTEGER NOT NULL,
     retries INTEGER NOT NULL,
     workers TEXT NOT NULL,
     created_at TEXT NOT NULL,
     started_at TEXT,
     finished_at TEXT,
     duration_sec REAL,
     event_sequence INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX jobs_by_tenant ON jobs (tenant, job_id DESC);
   CREATE TABLE position (stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // A page of few among many is found without a look at the others.
  `CREATE INDEX jobs_by_kind ON jobs (tenant, kind, job_id DESC);
   CREATE INDEX jobs_by_status ON jobs (tenant, status, job_id DESC);
   CREATE INDEX jobs_by_kind_and_status ON jobs (tenant, kind, status, job_id DESC);`,
];
