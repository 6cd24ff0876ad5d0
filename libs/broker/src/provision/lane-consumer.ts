/**
 * The durable consumer of one kind and queue on stream WORK, shared by all workers of the kind.
 *
 * Settings: explicit ack; an ack wait of 10 s that running leases renew, so a dead worker is noticed within 10 s; no backoff, because it
 * would override the ack wait and make every further crash slower to notice; `max_deliver` only as a backstop, since a worker
 * reports a lease as lost long before it.
 */
import { AckPolicy, DeliverPolicy, nanos, provideConsumer, type Broker, type WantedConsumer } from '@manyhands/nats';
import { consumers, laneOfQueue, STREAMS, type WorkQueue, workSubjects } from '@manyhands/proto';

export const LANE_ACK_WAIT_MS = 10_000;
/** Where a consumer states that it was made with another ack wait, so that this is not taken for a mistake. */
export const ACK_WAIT_NOTE = 'manyhands.ack_wait_ms';
/** Hand-overs of one lease before the broker gives it up. */
export const LANE_DELIVERIES_MAX = 10;

export interface LaneConsumerOptions {
  /** Milliseconds without renewal after which a lease is handed out again. Only tests change it. */
  ackWaitMs?: number;
}

export function laneConsumerConfig(kind: string, queue: WorkQueue, options: LaneConsumerOptions = {}): WantedConsumer {
  const lane = laneOfQueue(queue)!;
  const of = `${queue.includes('-young') ? 'young jobs of ' : ''}kind ${kind}${queue.endsWith('-confined') ? ', whose code runs inside bubblewrap alone,' : ''}`;
  return {
    durable_name: consumers.queue(kind, queue),
    description: `Leases of ${of} with ${lane} priority, waiting for a slot.`,
    filter_subject: workSubjects.ofQueue(kind, queue),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(options.ackWaitMs ?? LANE_ACK_WAIT_MS),
    max_deliver: LANE_DELIVERIES_MAX,
    max_ack_pending: 20_000,
    max_waiting: 4_096,
    ...(options.ackWaitMs !== undefined && { metadata: { [ACK_WAIT_NOTE]: String(options.ackWaitMs) } }),
  };
}

/** Creates the consumer, or checks that the one there is the same; throws `bad_request` when it is not. */
export async function ensureLaneConsumer(
  broker: Broker,
  kind: string,
  queue: WorkQueue,
  options: LaneConsumerOptions = {},
): Promise<void> {
  await provideConsumer(broker, STREAMS.work.name, laneConsumerConfig(kind, queue, options));
}
