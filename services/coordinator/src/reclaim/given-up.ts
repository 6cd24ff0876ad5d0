/**
 * Finds the leases that the broker will not hand out again: handed out as often as their consumer does, they stay in WORK forever.
 *
 * The server states it once, on core NATS; a coordinator that missed it finds them here. Everything up to a consumer's ack floor was settled or is
 * exhausted, and so is everything delivered when nothing is held; what is settled has left the work queue, so what is still stored is exhausted. The
 * floor stays below leases that are held: an exhausted lease is found at the latest when its lane has a quiet moment.
 *
 * A lease just acknowledged may still be on its way out: look twice before believing it.
 *
 * nats-server 2.15: given-up.int.spec.ts.
 */
import { STREAMS } from '@manyhands/proto';
import { type ConsumerInfo, type Broker, type StoredMessage, nextStored } from '@manyhands/nats';

/** At most so many of one consumer at a time; the rest is found the next time. */
const FOUND_MAX = 1_000;

export async function readGivenUp(broker: Broker): Promise<StoredMessage[]> {
  const { name: stream } = STREAMS.work;
  const lanes = await broker.insist(`listing the consumers of ${stream}`, async () => {
    const all: { filter: string; through: number }[] = [];
    for await (const info of broker.manager.consumers.list(stream))
      all.push({ filter: info.config.filter_subject ?? '>', through: settledThrough(info) });
    return all;
  });
  const found: StoredMessage[] = [];
  for (const { filter, through } of lanes) {
    let next = through > 0 ? await nextStored(broker, stream, filter, 1) : undefined;
    for (let count = 0; next !== undefined && next.sequence <= through && count < FOUND_MAX; count += 1) {
      found.push(next);
      next = await nextStored(broker, stream, filter, next.sequence + 1);
    }
  }
  return found;
}

/** The floor moves with acknowledgements only, so it stays where it is when the last lease of a lane is exhausted. */
function settledThrough({ ack_floor: floor, delivered, num_ack_pending: held }: ConsumerInfo): number {
  return held === 0 ? Math.max(floor.stream_seq, delivered.stream_seq) : floor.stream_seq;
}
