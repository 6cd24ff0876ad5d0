/** Reads of what is stored only what is wanted, and holds nothing else. */
import type { Broker } from '../broker.ts';
import type { StoredIn } from '../stream-spec.ts';
import { openTail } from '../tail/stream-tail.ts';
import type { StoredMessage } from './stored-message.ts';

export interface WantedRange {
  /** Only messages after this sequence; then the first that are wanted. */
  afterSequence?: number;
  /** Only messages before this sequence; then the last that are wanted. */
  beforeSequence?: number;
  count: number;
  wanted: (data: Uint8Array) => boolean;
}

/** In order. Without `afterSequence` the newest. It passes over every message of the filter, so that has to be bounded by its stream. */
export async function readWanted(
  broker: Broker,
  { name: stream }: StoredIn,
  filter: string,
  { afterSequence, beforeSequence = Number.MAX_SAFE_INTEGER, count, wanted }: WantedRange,
): Promise<StoredMessage[]> {
  const isFirst = afterSequence !== undefined;
  let messages: StoredMessage[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const tail = await openTail(
    broker,
    { stream, filter, ...(isFirst && { fromSequence: afterSequence + 1 }) },
    {
      message({ subject, sequence, storedAtMs, data }) {
        if (sequence >= beforeSequence || (isFirst && messages.length >= count)) return end();
        if (!wanted(data)) return;
        messages.push({ subject, sequence, storedAtMs, data });
        if (messages.length >= 2 * count && !isFirst) messages = messages.slice(-count);
      },
      current: () => end(),
    },
  );
  await over;
  await tail.stop();
  return isFirst ? messages : messages.slice(-count);
}
