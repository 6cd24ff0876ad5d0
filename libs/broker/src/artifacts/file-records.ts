/**
 * The files that task code of a job left: which there are, in stream ARTIFACTS beside their parts, so that they leave with their job.
 *
 * Invariant: the record of a file is stored when all its parts are. A chunk that runs again writes its files again, under new objects; the newest record of a name counts.
 * One that cannot be read, which another release stored, is none.
 */
import type { Broker } from '@manyhands/nats';
import { artifactSubjects, decode, encode, FileRecord, ifReadable } from '@manyhands/proto';
import { createOutbox, lastStored, readStored, storedCounts } from '../bound.ts';

/** A file, and when it was stored by the clock of the server. */
export interface StoredFile {
  record: FileRecord;
  storedAtMs: number;
}

/** Throws `unavailable` when the stream is full or the server stays away. */
export async function putFileRecord(broker: Broker, record: FileRecord): Promise<void> {
  const subject = artifactSubjects.file(record.tenant, record.job_id, record.name);
  await createOutbox(broker).publishAll([{ subject, data: encode(record) }]);
}

export async function findFile(broker: Broker, tenant: string, jobId: string, name: string): Promise<FileRecord | undefined> {
  const stored = await lastStored(broker, 'artifacts', artifactSubjects.file(tenant, jobId, name));
  return stored && ifReadable(() => decode(FileRecord, stored.data));
}

/** In the order of their chunks, then of their names. */
export async function filesOf(broker: Broker, tenant: string, jobId: string): Promise<StoredFile[]> {
  const newest = new Map<string, StoredFile>();
  for (const { data, storedAtMs } of await readStored(broker, 'artifacts', artifactSubjects.filesOf(tenant, jobId))) {
    const record = ifReadable(() => decode(FileRecord, data));
    if (record) newest.set(record.name, { record, storedAtMs });
  }
  return [...newest.values()].sort(
    ({ record: one }, { record: other }) => one.chunk - other.chunk || (one.name < other.name ? -1 : 1),
  );
}

export async function countFiles(broker: Broker, tenant: string, jobId: string): Promise<number> {
  return (await storedCounts(broker, 'artifacts', artifactSubjects.filesOf(tenant, jobId))).size;
}
