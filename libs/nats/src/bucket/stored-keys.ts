/** The keys of a bucket, without their values: one question to its leader. Those removed lately are among them. */
import type { Broker } from '../broker.ts';
import { bucketStream } from '../provision/stream-config.ts';
import { bucketSubject } from './bucket-entry.ts';

export async function storedKeys(broker: Broker, name: string): Promise<string[]> {
  const { state } = await broker.insist(`listing the keys of ${name}`, () =>
    broker.manager.streams.info(bucketStream(name), { subjects_filter: bucketSubject(name, '>') }),
  );
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(bucketSubject(name, '').length));
}
