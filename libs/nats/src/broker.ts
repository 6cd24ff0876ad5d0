/**
 * One connection to NATS, what is known once for each connection, and the plain things done over it.
 *
 * Everything else in this package is a function or a class over a `Broker`. A process opens one.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import type { JetStreamClient, JetStreamManager, PubAck } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Lifeline, PATIENCE_MS } from './lifeline.ts';
import { BatchWays } from './publish/batch-ways.ts';
import { SilentStreams } from './publish/silent-streams.ts';
import { Troubles } from './troubles.ts';
import { within } from './within.ts';

/** What a broker stands on. `connect.ts` makes one over a socket; a simulation makes its own. */
export interface Wire {
  /** Name shown by `nats server report connections`. */
  readonly name: string;
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Publishes into a stream and resolves with what the server answers. Throws `JetStreamApiError` when it refuses; after any other error the message may be stored. */
  store(subject: string, data: Uint8Array, headers?: MsgHdrs): Promise<PubAck>;
  /** Calls back with every change between connected and disconnected, and at once with the present. Returns how to stop. */
  onConnected(changed: (connected: boolean) => void): () => void;
  /** What an operator can change when the server answers with this API code; undefined where waiting may help. */
  advice?(code: number): string | undefined;
}

const drainWithinMs = 3_000;

export class Broker implements Wire {
  readonly name: string;
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly store: Wire['store'];
  readonly onConnected: Wire['onConnected'];
  readonly advice: (code: number) => string | undefined;
  /** What fails again and again. */
  readonly troubles = new Troubles();
  /** Streams that do not answer. */
  readonly silence = new SilentStreams();
  /** How several messages are stored together. */
  readonly batches: BatchWays;
  readonly #lifeline: Lifeline;
  #isConnected = true;

  constructor(wire: Wire) {
    this.name = wire.name;
    this.connection = wire.connection;
    this.jetstream = wire.jetstream;
    this.manager = wire.manager;
    this.store = wire.store;
    this.onConnected = wire.onConnected;
    this.advice = wire.advice ?? (() => undefined);
    this.batches = new BatchWays(wire.connection);
    this.#lifeline = new Lifeline(() => wire.connection.isClosed());
    wire.onConnected((connected) => {
      this.#isConnected = connected;
      this.#lifeline.connected(connected);
      this.troubles.connected(connected);
      this.silence.connected();
    });
  }

  /** Version of the server, e.g. `2.15.2`. */
  get serverVersion(): string {
    return this.connection.info?.version ?? '';
  }

  /** Why nothing can be asked of the server now, as a sentence; undefined: it can. */
  get problem(): string | undefined {
    if (this.connection.isClosed()) return 'The connection to NATS is closed.';
    return this.#isConnected ? undefined : 'NATS is not reachable.';
  }

  /** Repeats `work` until the server answers (see `Lifeline`). Throws `unavailable` after `withinMs`. */
  insist<T>(what: string, work: (repeated: boolean) => Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
    return this.#lifeline.insist(what, work, withinMs);
  }

  /** The process is about to end: from two seconds on, nothing waits for a server that is away. */
  hurry(): void {
    this.#lifeline.hurry();
  }

  /** Core publish: received by the subscribers of the moment. */
  publish(subject: string, data: Uint8Array): void {
    this.connection.publish(subject, data);
  }

  /** Core subscribe. Returns how to stop. */
  subscribe(subject: string, received: (data: Uint8Array, subject: string) => void): () => void {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) received(message.data, message.subject);
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Core request; throws `unavailable` when no process answers in time. */
  async request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    try {
      const reply = await this.connection.request(subject, data, { timeout: timeoutMs });
      return reply.data;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ManyhandsError('unavailable', `no service answered on ${subject}: ${reason}`, { cause: error });
    }
  }

  /** Finishes what is in flight, then closes. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    // Draining waits for the server's answer, which never comes while it is away.
    if (this.#isConnected) await within(drainWithinMs, this.connection.drain()).catch(() => undefined);
    await this.connection.close();
  }
}
