/**
 * The records in bucket `artifacts`: an input is there, and a job has results, when its record is; it is written last.
 *
 * `removeArtifacts` goes the other way round: first the record, then the parts, so no record names what is not there.
 */
import type { Broker } from '@manyhands/nats';
import {
  artifactSubjects,
  decode,
  encode,
  InputRecord,
  isManyhandsError,
  keys,
  ManyhandsError,
  ResultsRecord,
} from '@manyhands/proto';
import { openBucket, purgeStored } from '../bound.ts';

/** Once for each input. */
export async function putInputRecord(broker: Broker, record: InputRecord): Promise<void> {
  const bucket = await openBucket(broker, 'artifactRecords');
  await bucket.put(keys.artifact(record.tenant, record.input_id), encode(record));
}

/** Throws `input_lost` when there is none, or none any more. */
export async function getInputRecord(broker: Broker, tenant: string, inputId: string): Promise<InputRecord> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const entry = await bucket.get(keys.artifact(tenant, inputId));
  if (entry?.value === undefined)
    throw new ManyhandsError('input_lost', `input ${inputId} is not stored, or not any more: upload it again`);
  return decode(InputRecord, entry.value);
}

/** Writes over the record of an earlier round, and never over that of a later one. Returns whether it is written. */
export async function putResultsRecord(broker: Broker, record: ResultsRecord): Promise<boolean> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const key = keys.artifact(record.tenant, record.job_id);
  for (;;) {
    const entry = await bucket.get(key);
    if (entry?.value !== undefined && decode(ResultsRecord, entry.value).round > record.round) return false;
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

/** Removes all that an input or a job has stored. Repeating it changes nothing. */
export async function removeArtifacts(broker: Broker, tenant: string, owner: string): Promise<void> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const key = keys.artifact(tenant, owner);
  // Most jobs have none, and a removal is a write.
  if ((await bucket.get(key)) !== undefined) await bucket.remove(key);
  await purgeStored(broker, 'artifacts', artifactSubjects.ofOwner(tenant, owner));
}
