/** What an answer of the server to a message of a fast ingest states about the whole batch. Pure. Source: nats-server 2.15, `BatchFlowAck`, `BatchFlowErr`, `BatchFlowGap`. */
import type { ApiError } from '@nats-io/jetstream';
import { refusedBatch, type BatchOutcome } from './batch-outcome.ts';

/** How it goes on (`ack`), that messages are missing (`gap`), what is wrong with a message (`err`, or without a type), or at last how many are stored. */
export interface IngestAnswer {
  type?: 'ack' | 'gap' | 'err';
  error?: ApiError;
  count?: number;
}

/**
 * `position` of the message that is answered, from 1; `count` of messages in the batch. Undefined when nothing is decided yet. Throws `JetStreamApiError`
 * when the server cannot store now.
 *
 * After an `err` the server takes no more of the batch. A refusal without a type, of another than the first message, was not foreseen by it: then
 * later ones may be stored as well. So may any number when another server took over the stream (`gap`, or fewer than were sent).
 */
export function outcomeOf(answer: IngestAnswer, position: number, count: number): BatchOutcome | undefined {
  const { type, error } = answer;
  if (error !== undefined) return refusedBatch(error, type === 'err' || position === 1 ? position - 1 : count);
  if (type === 'gap') return { stored: false, maybe: count };
  if (answer.count === undefined) return undefined;
  return answer.count === count ? { stored: true } : { stored: false, maybe: count };
}
