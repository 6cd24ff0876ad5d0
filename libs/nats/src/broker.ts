/**
 * The connection to NATS and the plain things done over it. The only package that imports `@nats-io/*` is this one, so
 * everything the services need from the bus is reachable from a `Broker`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

export interface BrokerOptions {
  /** `nats://host:port`, comma separated for a cluster. */
  url: string;
  /** Name shown by `nats server report connections`, e.g. `gateway`. */
  name: string;
  /** Milliseconds to wait for the first connection; afterwards it reconnects forever. */
  connectTimeoutMs?: number;
}

export interface Broker {
  /** As in `BrokerOptions`. */
  readonly name: string;
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Version of the server, e.g. `2.15.2`. */
  readonly serverVersion: string;
  /** Calls back with every change between connected and disconnected, and at once with the present. Returns how to stop. */
  onConnected(changed: (connected: boolean) => void): () => void;
  /** Core publish: received by the subscribers of the moment. */
  say(subject: string, data: Uint8Array): void;
  /** Core subscribe. Returns how to stop. */
  hear(subject: string, heard: (data: Uint8Array, subject: string) => void): () => void;
  /** Core request; throws `unavailable` when no service answers in time. */
  ask(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Finishes what is in flight, then closes. */
  close(): Promise<void>;
}
