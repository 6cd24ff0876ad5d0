/**
 * Opens the connection everything else uses.
 *
 *   connecting ──reached──▶ connected ◀──reconnect / disconnect──▶ away      any ──close──▶ closed
 *
 * Invariant: once connected it reconnects forever; only `close` ends it. A server without JetStream, older than `OLDEST_SERVER`, or that takes
 * smaller messages than ours, is refused at once with a sentence that states what to change.
 */
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { isManyhandsError, limits, ManyhandsError } from '@manyhands/proto';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import type { Broker, BrokerOptions } from './broker.ts';
import { withStoredAnswers } from './publish/stored-answers.ts';
import { serverAddress, type ServerAddress } from './server-address.ts';
import { isNewEnough, OLDEST_SERVER } from './server-version.ts';

const connectTimeoutMsDefault = 10_000;
const retryMs = 200;
const drainWithinMs = 3_000;

export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const address = serverAddress(options.url);
  const deadlineMs = Date.now() + (options.connectTimeoutMs ?? connectTimeoutMsDefault);
  for (;;) {
    try {
      return await tryOpen(options.name, address, Math.max(1, deadlineMs - Date.now()));
    } catch (error) {
      if (isManyhandsError(error)) throw error;
      if (error instanceof errors.AuthorizationError) {
        throw new ManyhandsError(
          'bad_request',
          `the NATS server at ${address.shown} refuses these credentials: put the right ones into NATS_URL (nats://user:password@host)`,
          { cause: error },
        );
      }
      if (Date.now() + retryMs >= deadlineMs) {
        throw new ManyhandsError(
          'unavailable',
          `no NATS server answers at ${address.shown}: ${messageOf(error)}. Start one there, or set NATS_URL.`,
          { cause: error },
        );
      }
      await new Promise((resume) => setTimeout(resume, retryMs));
    }
  }
}

async function tryOpen(name: string, address: ServerAddress, timeoutMs: number): Promise<Broker> {
  const { servers, shown, ...credentials } = address;
  const connection = await connect({
    servers,
    ...credentials,
    name,
    timeout: Math.min(timeoutMs, 5_000),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  });
  try {
    refuseOldServer(connection, shown);
    refuseSmallMessages(connection, shown);
    return brokerOver(name, connection, await managerOf(connection, shown));
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function refuseOldServer(connection: NatsConnection, url: string): void {
  const version = connection.info?.version ?? 'unknown';
  if (isNewEnough(version)) return;
  throw new ManyhandsError(
    'bad_request',
    `the NATS server at ${url} is ${version}, but ${OLDEST_SERVER} or newer is needed: upgrade it, or unset NATS_URL: npm start then runs its own server`,
  );
}

function refuseSmallMessages(connection: NatsConnection, url: string): void {
  const bytes = connection.info?.max_payload ?? Infinity;
  if (bytes >= limits.messageBytesMax) return;
  throw new ManyhandsError(
    'bad_request',
    `the NATS server at ${url} takes messages of at most ${bytes} bytes, but ${limits.messageBytesMax} are needed: set max_payload: 1MB in its configuration`,
  );
}

async function managerOf(connection: NatsConnection, url: string): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection);
  } catch (error) {
    // An account without JetStream never answers otherwise; a server that is still starting does, on the next try.
    if (connection.info?.jetstream !== true) {
      throw new ManyhandsError(
        'bad_request',
        `the NATS server at ${url} runs without JetStream: start it with a jetstream { … } block`,
        { cause: error },
      );
    }
    throw error;
  }
}

function brokerOver(name: string, connection: NatsConnection, manager: JetStreamManager): Broker {
  const changed = new Set<(connected: boolean) => void>();
  let connected = true;
  let serverVersion = connection.info?.version ?? '';

  function become(now: boolean): void {
    if (connected === now) return;
    connected = now;
    serverVersion = connection.info?.version ?? serverVersion;
    for (const tell of [...changed]) tell(now);
  }

  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') become(false);
      if (status.type === 'reconnect') become(true);
    }
    become(false);
  })();

  return {
    name,
    connection,
    jetstream: withStoredAnswers(jetstream(connection), connection),
    manager,
    get serverVersion() {
      return serverVersion;
    },
    onConnected(listener) {
      changed.add(listener);
      listener(connected);
      return () => changed.delete(listener);
    },
    say: (subject, data) => connection.publish(subject, data),
    hear(subject, heard) {
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard(message.data, message.subject);
        },
      });
      return () => subscription.unsubscribe();
    },
    async ask(subject, data, timeoutMs) {
      try {
        const reply = await connection.request(subject, data, { timeout: timeoutMs });
        return reply.data;
      } catch (error) {
        throw new ManyhandsError('unavailable', `no service answered on ${subject}: ${messageOf(error)}`, { cause: error });
      }
    },
    async close() {
      if (connection.isClosed()) return;
      const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
      const timer = setTimeout(giveUp, drainWithinMs);
      // Draining waits for the server's answer, which never comes while it is away.
      if (connected) await Promise.race([connection.drain().catch(() => undefined), late]);
      clearTimeout(timer);
      await connection.close();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
