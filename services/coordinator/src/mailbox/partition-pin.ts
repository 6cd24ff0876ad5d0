/** What a client asks of the server about one partition's consumer besides messages. Each throws when the server does not answer. */
import { consumers, OWNER_GROUP, STREAMS } from '@manyhands/proto';
import { type ConsumerInfo, type Broker, handedOutThrough } from '@manyhands/nats';

const stream = STREAMS.mailbox.name;

export interface PartitionProgress {
  /** Highest sequence delivered since the last reset. */
  deliveredThrough: number;
  /** Highest sequence that may have been handed out before the consumer was created again; 0 when it never was. */
  handedOutThrough: number;
  /** Messages handed out and not acknowledged. */
  unacknowledged: number;
  /** True when a client holds the pin, or held it less than `PIN_TIMEOUT_MS` ago. */
  pinned: boolean;
}

/** `priority_groups` of the answer is missing in the types of nats.js 3.4. */
type PinnedConsumerInfo = ConsumerInfo & { priority_groups?: { group: string; pinned_client_id?: string }[] };

export async function loadProgress(broker: Broker, partition: string): Promise<PartitionProgress> {
  const info: PinnedConsumerInfo = await broker.manager.consumers.info(stream, consumers.partition(partition));
  return {
    deliveredThrough: info.delivered.stream_seq,
    handedOutThrough: handedOutThrough(info),
    unacknowledged: info.num_ack_pending,
    pinned: info.priority_groups?.some((group) => Boolean(group.pinned_client_id)) ?? false,
  };
}

/** How far the server has handed a partition out. */
export async function loadPartitionStanding(
  broker: Broker,
  partition: string,
): Promise<{ partition: string; waiting: number; deliveredThrough: number }> {
  const info = await broker.manager.consumers.info(stream, consumers.partition(partition));
  return { partition, waiting: info.num_pending, deliveredThrough: info.delivered.stream_seq };
}

/** Sends the consumer back to its ack floor: everything unacknowledged is delivered again, in order, counted as a first delivery. */
export async function resetToAckFloor(broker: Broker, partition: string): Promise<void> {
  await broker.manager.consumers.reset(stream, consumers.partition(partition));
}

/** Takes the pin from the consumer that holds it. */
export async function unpin(broker: Broker, partition: string): Promise<void> {
  await broker.manager.consumers.unpin(stream, consumers.partition(partition), OWNER_GROUP);
}
