/** Stores a batch in the way that is faster on this server. */
import type { StreamKey } from '@manyhands/proto';
import type { Broker } from '../broker.ts';
import type { OutgoingMessage } from '../outbox.ts';
import { publishAtomic } from './atomic-batch.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { ATOMIC_MESSAGES_MIN, paceAfter, sizeClass, UNKNOWN_PACE, wayOf, type BatchPace } from './batch-pace.ts';
import { ingest } from './fast-ingest.ts';

const ways = { atomic: publishAtomic, ingest };
const known = new WeakMap<Broker, Map<string, BatchPace>>();

/** As `publishAtomic` and `ingest`. */
export async function publishBatch(
  broker: Broker,
  stream: StreamKey,
  messages: readonly OutgoingMessage[],
): Promise<BatchOutcome> {
  if (messages.length < ATOMIC_MESSAGES_MIN) return ingest(broker, messages);
  let paces = known.get(broker);
  if (paces === undefined) known.set(broker, (paces = new Map()));
  const batches = `${stream} ${sizeClass(messages.length)}`;
  const way = wayOf(paces.get(batches) ?? UNKNOWN_PACE);
  const sentAtMs = performance.now();
  const outcome = await ways[way](broker, messages);
  if (outcome.stored) paces.set(batches, paceAfter(paces.get(batches) ?? UNKNOWN_PACE, way, performance.now() - sentAtMs));
  return outcome;
}
