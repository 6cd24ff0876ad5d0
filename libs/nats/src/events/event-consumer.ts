/** The durable consumer under a loop of events, and when an event comes again. Pure. */
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

/** Milliseconds until an event comes again: doubling from one second to one minute, spread by a quarter. */
export function retryDelayMs(delivery: number, random: () => number = Math.random): number {
  const delayMs = Math.min(60_000, 1_000 * 2 ** Math.min(delivery - 1, 10));
  return Math.round(delayMs * (0.75 + random() / 2));
}
