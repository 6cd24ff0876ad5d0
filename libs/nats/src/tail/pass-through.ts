/** Reads what a stream holds right now, in order, and leaves no consumer behind. */
import type { Broker } from '../broker.ts';
import type { DeliveredMessage } from '../pull/delivered-message.ts';
import { openTail } from './stream-tail.ts';
import type { TailRange } from './tail-config.ts';

/** Up to `beforeSequence`, `countMax` messages, or the end as the consumer sees it; on a cluster the leader may have a little more. */
export async function passThrough(
  broker: Broker,
  {
    beforeSequence = Number.MAX_SAFE_INTEGER,
    countMax = Infinity,
    ...range
  }: TailRange & { beforeSequence?: number; countMax?: number },
): Promise<DeliveredMessage[]> {
  const messages: DeliveredMessage[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const tail = await openTail(broker, range, {
    message(message) {
      if (message.sequence < beforeSequence && messages.length < countMax) messages.push(message);
      if (message.sequence >= beforeSequence || messages.length >= countMax) end();
    },
    current: () => end(),
  });
  await over;
  await tail.stop();
  return messages;
}
