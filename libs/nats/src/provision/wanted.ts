/** A stream or durable consumer as it is to be: every field that is relied on, and none that is left to the server. */
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';

export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, 'name'> & { description: string };
export type WantedConsumer = Partial<ConsumerConfig> & { durable_name: string; description: string };
