/** The durable consumer under a loop of events. Pure. */
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { WantedConsumer } from '../provision/wanted.ts';

const ackWaitMs = 30_000;

export function eventConsumerConfig({
  durable,
  filter,
  description,
}: {
  durable: string;
  filter: string;
  description?: string | undefined;
}): WantedConsumer {
  return {
    durable_name: durable,
    description: description ?? `Events ${filter}, each handled once or more.`,
    filter_subject: filter,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: 1_000,
  };
}
