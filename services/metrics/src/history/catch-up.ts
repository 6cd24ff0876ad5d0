/**
 * Reads the events that history has missed although its consumer has had them: after the database was lost or put back from a backup,
 * it is written again from what the stream still holds.
 *
 * Invariant: it reads in order and ends before the consumer begins, so up to the position nothing is missing, also when it is
 * killed half way.
 */
import { lastStored, readPage } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decode, ifReadable, eventSubjects, JobFinished } from '@manyhands/proto';
import type { FinishRecorder } from './finish-recorder.ts';
import type { FinishedEvent, History } from './history.ts';

/** Events read at a time, to keep memory flat. By events, not by sequences: what left the stream, and a stream made again, leave gaps of any width. */
const pageSize = 1_000;
/** Events written with one flush to disk. */
const writtenAtOnce = 100;

/** Returns how many events were read. `signal` ends it between two writes. */
export async function catchUp(broker: Broker, history: History, recorder: FinishRecorder, signal?: AbortSignal): Promise<number> {
  const last = await lastStored(broker, 'events', eventSubjects.allFinished);
  if (!last) return 0;
  // A position beyond the end is of another stream under the same name.
  if ((await history.position('events')) > last.sequence) await history.rewind('events');
  let read = 0;
  for (let after = await history.position('events'); after < last.sequence && !signal?.aborted;) {
    const events = await readPage(broker, 'events', eventSubjects.allFinished, { afterSequence: after, count: pageSize });
    after = events.at(-1)?.sequence ?? last.sequence;
    for (let from = 0; from < events.length && !signal?.aborted; from += writtenAtOnce) {
      const some = events.slice(from, from + writtenAtOnce);
      const finished = some.map(({ data, sequence }) => eventOf(data, sequence)).filter((event) => event !== undefined);
      if (finished.length > 0) await recorder.record(finished);
      read += some.length;
    }
  }
  return read;
}

/** What cannot be decoded stays in the stream; the consumer has logged it. */
function eventOf(data: Uint8Array, sequence: number): FinishedEvent | undefined {
  const finished = ifReadable(() => decode(JobFinished, data));
  return finished && { job: finished.job, timing: finished.timing, trace: finished.trace, sequence };
}
