/** The sixteen consumers of MAILBOX that hand each partition to one coordinator at a time. Pure. */
import { consumers, mailboxSubjects, OWNER_GROUP, PARTITIONS } from '@manyhands/proto';
import { AckPolicy, DeliverPolicy, nanos, ReplayPolicy, type WantedConsumer } from '@manyhands/nats';

/** Milliseconds without a pull after which the server gives a partition to the next coordinator. */
export const PIN_TIMEOUT_MS = 3_000;

/**
 * Consumer of one partition.
 *
 * Invariant: acknowledging a sequence acknowledges everything before it. So a new owner must not take fresh messages while
 * its predecessor's unacknowledged ones still wait for their ack wait: it resets the consumer to its ack floor first.
 */
function partitionConfig(partition: string): WantedConsumer {
  return {
    durable_name: consumers.partition(partition),
    description: `Mailbox partition ${partition}: pinned to the coordinator that owns it.`,
    filter_subject: mailboxSubjects.ofPartition(partition),
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.All,
    ack_wait: nanos(30_000),
    max_deliver: -1,
    max_ack_pending: 20_000,
    priority_policy: 'pinned_client',
    priority_groups: [OWNER_GROUP],
    priority_timeout: nanos(PIN_TIMEOUT_MS),
  };
}

export function wantedPartitions(): WantedConsumer[] {
  return PARTITIONS.map(partitionConfig);
}
