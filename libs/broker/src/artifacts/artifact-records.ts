/**
 * The records of inputs in bucket `artifacts`: an input is there when its record is; it is written last.
 *
 * `removeArtifacts` goes the other way round: first the record, then the parts, so no record names what is not there.
 */
import type { Broker } from '@manyhands/nats';
import {
  artifactSubjects,
  decode,
  encode,
  ifReadable,
  InputRecord,
  isManyhandsError,
  keys,
  ManyhandsError,
} from '@manyhands/proto';
import { openBucket, purgeStored } from '../bound.ts';

/** A record of an input, and what it takes to change it. */
export interface StoredInput {
  record: InputRecord;
  revision: number;
  /** When it was written or held, by the clock of the server. */
  heldAtMs: number;
}

/** Once for each input. */
export async function putInputRecord(broker: Broker, record: InputRecord): Promise<void> {
  const bucket = await openBucket(broker, 'artifactRecords');
  await bucket.put(keys.artifact(record.tenant, record.input_id), encode(record));
}

/** Undefined when there is none, or none any more. */
export async function findInput(broker: Broker, tenant: string, inputId: string): Promise<StoredInput | undefined> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const entry = await bucket.get(keys.artifact(tenant, inputId));
  if (entry?.value === undefined) return undefined;
  return { record: decode(InputRecord, entry.value), revision: entry.revision, heldAtMs: entry.createdAtMs };
}

/** Those of a tenant, in no order. */
export async function inputsOf(broker: Broker, tenant: string): Promise<InputRecord[]> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const entries = await bucket.entries(keys.artifact(tenant, '*'));
  return entries.flatMap(({ value }) => ifReadable(() => decode(InputRecord, value!)) ?? []);
}

/** Bytes of all inputs of a tenant. */
export async function inputBytesOf(broker: Broker, tenant: string): Promise<number> {
  return (await inputsOf(broker, tenant)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Throws `input_lost` when there is none, or none any more. */
export async function getInputRecord(broker: Broker, tenant: string, inputId: string): Promise<InputRecord> {
  const found = await findInput(broker, tenant, inputId);
  if (found === undefined) throw inputLost(inputId);
  return found.record;
}

/**
 * Before a job with an input is stored: notes that the job uses it, and writes the record again, so that a sweep that has looked at it before does not remove it. Throws
 * `input_lost`.
 */
export async function holdInput(broker: Broker, tenant: string, inputId: string, jobId: string): Promise<InputRecord> {
  const bucket = await openBucket(broker, 'artifactRecords');
  await bucket.put(keys.inputUse(tenant, inputId, jobId), encode({ v: 1, type: 'InputUse' }));
  for (;;) {
    const found = await findInput(broker, tenant, inputId);
    if (found === undefined) throw inputLost(inputId);
    try {
      await bucket.update(keys.artifact(tenant, inputId), encode(found.record), found.revision);
      return found.record;
    } catch (error) {
      // Another job holds it at the same moment, or it has just been removed.
      if (!isManyhandsError(error, 'revision_conflict')) throw error;
    }
  }
}

/** A job that was submitted with an input, and when. */
export interface InputUse {
  jobId: string;
  heldAtMs: number;
}

export async function usesOfInput(broker: Broker, tenant: string, inputId: string): Promise<InputUse[]> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const entries = await bucket.entries(keys.usesOfInput(tenant, inputId));
  return entries.map(({ key, createdAtMs }) => ({ jobId: key.split('.').at(-1)!, heldAtMs: createdAtMs }));
}

/** When the job is gone. */
export async function removeInputUse(broker: Broker, tenant: string, inputId: string, jobId: string): Promise<void> {
  const bucket = await openBucket(broker, 'artifactRecords');
  await bucket.remove(keys.inputUse(tenant, inputId, jobId));
}

function inputLost(inputId: string): ManyhandsError {
  return new ManyhandsError('input_lost', `input ${inputId} is not stored, or not any more: upload it again`);
}

/**
 * Removes all that an input or a job has stored. Repeating it changes nothing. With `revision` only while its record is at that, and else throws
 * `revision_conflict`.
 */
export async function removeArtifacts(broker: Broker, tenant: string, owner: string, revision?: number): Promise<void> {
  const bucket = await openBucket(broker, 'artifactRecords');
  const key = keys.artifact(tenant, owner);
  // Most jobs have none, and a removal is a write.
  if (revision !== undefined || (await bucket.get(key)) !== undefined) await bucket.remove(key, revision);
  await purgeStored(broker, 'artifacts', artifactSubjects.ofOwner(tenant, owner));
}
