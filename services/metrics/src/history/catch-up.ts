/**
 * Reads the events that history has missed although its consumer has had them: after the file was lost or put back from a backup,
 * it is written again from what the stream still holds.
 *
 * Invariant: it reads in order and ends before the consumer begins, so up to the position nothing is missing, also when it is
 * killed half way.
 */
import { lastStored, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decode, ifReadable, eventSubjects, JobFinished } from '@manyhands/proto';
import type { FinishRecorder } from './finish-recorder.ts';
import type { History } from './history.ts';

/** Sequences looked through at a time, to keep memory flat. */
const pageSize = 1_000;

/** Returns how many events were read. `signal` ends it between two pages. */
export async function catchUp(broker: Broker, history: History, recorder: FinishRecorder, signal?: AbortSignal): Promise<number> {
  const last = await lastStored(broker, 'events', eventSubjects.allFinished);
  if (!last) return 0;
  // A position beyond the end is of another stream under the same name.
  if (history.position() > last.sequence) history.rewind();
  let read = 0;
  for (let after = history.position(); after < last.sequence && !signal?.aborted; after += pageSize) {
    const events = await readStored(broker, 'events', eventSubjects.allFinished, {
      afterSequence: after,
      beforeSequence: after + pageSize + 1,
    });
    for (const { data, sequence } of events) {
      if (signal?.aborted) break;
      const finished = decoded(data);
      if (finished) recorder.record(finished, sequence);
      read += 1;
    }
  }
  return read;
}

/** What cannot be decoded stays in the stream; the consumer has logged it. */
function decoded(data: Uint8Array): JobFinished | undefined {
  return ifReadable(() => decode(JobFinished, data));
}
