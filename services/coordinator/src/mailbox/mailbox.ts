/**
 * This member's share of the mailbox: joins the members, consumes the partitions it owns among them, and hands them over at the end.
 *
 *   absent ──open──▶ consuming ──close──▶ absent: others see it leave at once, then the batches in hand are finished
 */
import type { Broker } from '@manyhands/nats';
import type { BucketMembership } from './membership.ts';
import { LargePulls } from './large-pulls.ts';
import { openPartitionConsumer, type PartitionConsumerOptions } from './partition-consumer.ts';
import { openPartitionOwnership, type PartitionOwnershipOptions } from './partition-ownership.ts';

export type MailboxOptions<Message> = Omit<PartitionConsumerOptions<Message>, 'partition'> &
  Pick<PartitionOwnershipOptions, 'partitions' | 'ended' | 'assigned'> & { membership: BucketMembership };

export interface Mailbox {
  close(): Promise<void>;
}

export async function openMailbox<Message>(broker: Broker, options: MailboxOptions<Message>): Promise<Mailbox> {
  const { membership } = options;
  const large = new LargePulls();
  await membership.join();
  const ownership = await openPartitionOwnership({
    ...options,
    open: (partition) => openPartitionConsumer(broker, { large, ...options, partition }),
  });
  return {
    async close() {
      // When the server is away the key runs out by itself.
      await membership.leave().catch(() => undefined);
      await ownership.stop();
    },
  };
}
