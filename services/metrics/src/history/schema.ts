/**
 * Tables of the history database, as steps from one version of the schema to the next, the same for SQLite and PostgreSQL.
 *
 * Times are ISO 8601 texts, structured values JSON texts, so a person with the `sqlite3` or `psql` shell reads rows as they are.
 */
import type { SchemaStep } from '../sql/migrations.ts';

export const schemaSteps: readonly SchemaStep[] = [
  ({ text, whole, real, tableEnd }) => [
    `CREATE TABLE jobs (
     job_id ${text} PRIMARY KEY,
     tenant ${text} NOT NULL,
     kind ${text} NOT NULL,
     status ${text} NOT NULL,
     priority ${text} NOT NULL,
     params ${text} NOT NULL,
     result ${text} NOT NULL,
     error ${text} NOT NULL,
     detail ${text},
     progress ${real} NOT NULL,
     completed_chunks ${whole} NOT NULL,
     failed_chunks ${whole} NOT NULL,
     total_chunks ${whole} NOT NULL,
     duplicate_results ${whole} NOT NULL,
     retries ${whole} NOT NULL,
     workers ${text} NOT NULL,
     created_at ${text} NOT NULL,
     started_at ${text},
     finished_at ${text},
     duration_sec ${real},
     event_sequence ${whole} NOT NULL
   ) ${tableEnd}`,
    'CREATE INDEX jobs_by_tenant ON jobs (tenant, job_id DESC)',
    `CREATE TABLE position (stream ${text} PRIMARY KEY, sequence ${whole} NOT NULL) ${tableEnd}`,
  ],
  // A page of few among many is found without a look at the others.
  () => [
    'CREATE INDEX jobs_by_kind ON jobs (tenant, kind, job_id DESC)',
    'CREATE INDEX jobs_by_status ON jobs (tenant, status, job_id DESC)',
    'CREATE INDEX jobs_by_kind_and_status ON jobs (tenant, kind, status, job_id DESC)',
  ],
  // Statistics of a tenant are counted without a look at the rows.
  () => ['CREATE INDEX jobs_by_outcome ON jobs (tenant, status, duration_sec)'],
  // `more`: the fields that most jobs do not have, as JSON. `trouble`: what is searched for a word of an error.
  ({ text, whole, real, tableEnd, fieldOf }) => [
    `ALTER TABLE jobs ADD COLUMN more ${text}`,
    `ALTER TABLE jobs ADD COLUMN trouble ${text}`,
    `UPDATE jobs SET trouble = ${fieldOf('error', 'code')} || ': ' || ${fieldOf('error', 'message')} WHERE error <> 'null'`,
    'CREATE INDEX jobs_in_trouble ON jobs (tenant, job_id DESC) WHERE trouble IS NOT NULL',
    'DROP INDEX jobs_by_outcome',
    'CREATE INDEX jobs_by_outcome ON jobs (tenant, kind, status, duration_sec)',
    `CREATE TABLE job_tags (job_id ${text} NOT NULL, tag ${text} NOT NULL, PRIMARY KEY (tag, job_id)) ${tableEnd}`,
    'CREATE INDEX job_tags_by_job ON job_tags (job_id)',
    `CREATE TABLE rounds (
     job_id ${text} NOT NULL,
     round ${whole} NOT NULL,
     tenant ${text} NOT NULL,
     status ${text} NOT NULL,
     error ${text} NOT NULL,
     detail ${text},
     completed_chunks ${whole} NOT NULL,
     failed_chunks ${whole} NOT NULL,
     retries ${whole} NOT NULL,
     finished_at ${text},
     duration_sec ${real},
     event_sequence ${whole} NOT NULL,
     PRIMARY KEY (job_id, round)
   ) ${tableEnd}`,
    `CREATE TABLE failures (
     job_id ${text} NOT NULL,
     sequence ${whole} NOT NULL,
     tenant ${text} NOT NULL,
     letter ${text} NOT NULL,
     PRIMARY KEY (job_id, sequence)
   ) ${tableEnd}`,
    `CREATE TABLE logs (
     job_id ${text} NOT NULL,
     sequence ${whole} NOT NULL,
     tenant ${text} NOT NULL,
     line ${text} NOT NULL,
     PRIMARY KEY (job_id, sequence)
   ) ${tableEnd}`,
  ],
  // Where the time of a job went, as JSON.
  ({ text }) => [`ALTER TABLE jobs ADD COLUMN timing ${text}`],
  // Trends of a tenant are counted without a look at the rows, whose results may be large.
  () => [
    'DROP INDEX jobs_by_tenant',
    'CREATE INDEX jobs_by_tenant ON jobs (tenant, job_id DESC, kind, status, completed_chunks, duration_sec)',
  ],
];
