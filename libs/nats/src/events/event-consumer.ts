/** What a loop of events is asked for, the durable consumer under it, and when an event comes again. Pure. */
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { WantedConsumer } from '../provision/wanted.ts';

export interface StoredEvent {
  subject: string;
  sequence: number;
  storedAtMs: number;
  data: Uint8Array;
  /** Which hand-over this is, from 1. */
  delivery: number;
  /** On what a schedule stored: when it comes next (RFC 3339), or `purge` when it does not. */
  nextDue?: string;
}

export interface EventConsumerOptions {
  /** Name of the consumer; processes that share it share its events. */
  durable: string;
  stream: string;
  /** Subjects of the stream, wildcards allowed. */
  filter: string;
  /** What operators read in `nats consumer report <stream>`. */
  description?: string;
  handler(event: StoredEvent): Promise<void> | void;
  /** Called for every event that was not handled: it comes again, or never when it cannot be decoded. For the log. */
  failed?(event: StoredEvent, error: unknown, comesAgain: boolean): void;
  /** Called once when no events can be read though the server answers. For the log. */
  troubled?(error: unknown): void;
  /** Milliseconds after which a consumer that is missing is created again here, if no other process does. */
  mendAfterMs?: number;
}

const ackWaitMs = 30_000;

type Described = Pick<EventConsumerOptions, 'durable' | 'filter' | 'description'>;

export function eventConsumerConfig({ durable, filter, description }: Described): WantedConsumer {
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
