/** Reads what jobs left in stream ARTIFACTS as a client would, from what the broker has stored: without the code that the system reads it with. */
import {
  artifactSubjects,
  BUCKETS,
  keys,
  limits,
  LOCAL_TENANT,
  STREAMS,
  type ResultsRecord,
  type StoredRef,
} from '@manyhands/proto';
import type { SimulatedBroker } from './broker/simulated-broker.ts';

interface Segment {
  begin: number;
  end: number;
  text?: string;
  stored?: StoredRef;
}

const utf8 = new TextDecoder();

/** Throws when a part is not stored. */
export function readAnswer(broker: SimulatedBroker, jobId: string, { name, from, bytes }: StoredRef): string {
  const pieces: Uint8Array[] = [];
  for (let part = 0; part * limits.partBytesMax < from + bytes; part += 1) {
    const stored = broker.stream(STREAMS.artifacts.name).last(artifactSubjects.part(LOCAL_TENANT, jobId, name, part));
    if (stored === undefined) throw new Error(`part ${part} of ${name} of ${jobId} is not stored`);
    pieces.push(stored.data);
  }
  const whole = Buffer.concat(pieces).subarray(from, from + bytes);
  if (whole.length !== bytes) throw new Error(`${name} of ${jobId} is too short`);
  return utf8.decode(whole);
}

export interface LinesLeft {
  record: ResultsRecord;
  lines: string;
}

/** The lines that a job's record names; undefined when it has none. Throws when not all of them are stored, or they are not in order. */
export function readLines(broker: SimulatedBroker, jobId: string): LinesLeft | undefined {
  const stored = broker
    .stream(`KV_${BUCKETS.artifactRecords.name}`)
    .last(`$KV.${BUCKETS.artifactRecords.name}.${keys.artifact(LOCAL_TENANT, jobId)}`);
  if (stored === undefined) return undefined;
  const record = JSON.parse(utf8.decode(stored.data)) as ResultsRecord;
  const segments = readAnswer(broker, jobId, record.manifest)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Segment);
  for (const [index, { begin }] of segments.entries())
    if (index > 0 && begin < segments[index - 1]!.end) throw new Error(`the lines of ${jobId} are not in order`);
  const lines = segments.map(({ text, stored: ref }) => (ref ? readAnswer(broker, jobId, ref) : text!)).join('');
  return { record, lines };
}
