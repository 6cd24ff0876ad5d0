/** Which lines a job left, in bucket `artifacts`: it has results when this record is there, and it is written last. */
import type { Broker } from '@manyhands/nats';
import { decode, encode, ifReadable, isManyhandsError, keys, ResultsRecord } from '@manyhands/proto';
import { openBucket } from '../bound.ts';

/**
 * Writes over the record of an earlier round, and over one that cannot be read, which another release left; never over that of a later round. Returns whether it is
 * written.
 */
export async function putResultsRecord(broker: Broker, record: ResultsRecord): Promise<boolean> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const key = keys.artifact(record.tenant, record.job_id);
  for (;;) {
    const entry = await bucket.get(key);
    const { value } = entry ?? {};
    const present = value && ifReadable(() => decode(ResultsRecord, value));
    if (present && present.round > record.round) return false;
    try {
      await bucket.update(key, encode(record), entry?.revision ?? 0);
      return true;
    } catch (error) {
      if (!isManyhandsError(error, 'revision_conflict')) throw error;
    }
  }
}

/** Undefined when the job has left no lines. */
export async function getResultsRecord(broker: Broker, tenant: string, jobId: string): Promise<ResultsRecord | undefined> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const entry = await bucket.get(keys.artifact(tenant, jobId));
  return entry?.value === undefined ? undefined : decode(ResultsRecord, entry.value);
}
