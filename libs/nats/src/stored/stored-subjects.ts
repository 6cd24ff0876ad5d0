/** Which subjects of a stream hold messages, and how large the whole stream is: one question to its leader, however many messages there are. */
import type { Broker } from '../broker.ts';
import type { StoredIn } from '../stream-spec.ts';

export interface StoredSubjects {
  /** In order. */
  subjects: string[];
  /** Of all messages of the stream, also under other subjects. */
  streamBytes: number;
  /** When it answered, by its own clock. */
  atMs: number;
}

/** How many messages each subject holds. */
export async function storedCounts(
  broker: Broker,
  { name: stream }: StoredIn,
  filter: string,
): Promise<ReadonlyMap<string, number>> {
  const { state } = await broker.insist(`counting ${filter}`, () =>
    broker.manager.streams.info(stream, { subjects_filter: filter }),
  );
  return new Map(Object.entries(state.subjects ?? {}));
}

export async function storedSubjects(broker: Broker, { name: stream }: StoredIn, filter: string): Promise<StoredSubjects> {
  const { state, ts } = await broker.insist(`listing ${filter}`, () =>
    broker.manager.streams.info(stream, { subjects_filter: filter }),
  );
  return { subjects: Object.keys(state.subjects ?? {}).sort(), streamBytes: state.bytes, atMs: Date.parse(ts!) };
}

/** What time it is where a stream is led, milliseconds since the epoch: by that clock its timers ring. */
export async function clockOf(broker: Broker, { name: stream }: StoredIn): Promise<number> {
  const { ts } = await broker.insist(`asking ${stream} for the time`, () => broker.manager.streams.info(stream));
  // Every server since 2.10 states it.
  return Date.parse(ts!);
}
