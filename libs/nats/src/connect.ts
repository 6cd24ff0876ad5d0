/**
 * Opens the connection everything else uses.
 *
 *   connecting ──reached──▶ connected ◀──reconnect / disconnect──▶ away      any ──close──▶ closed
 *
 * Invariant: once connected it reconnects forever; only `close` ends it. A server without JetStream, older than `OLDEST_SERVER`, or that takes
 * smaller messages than ours, is refused at once with a sentence that states what to change.
 */
import { isManyhandsError, ManyhandsError } from '@manyhands/proto/errors';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { Broker, type Wire } from './broker.ts';
import { dial, type ServerAccess } from './dial.ts';
import { inboxPrefix, keepPrefix } from './inbox.ts';
import { StoredAnswers } from './publish/stored-answers.ts';
import { serverAddress, type ServerAddress } from './server-address.ts';
import { isNewEnough, OLDEST_SERVER } from './server-version.ts';

export interface BrokerOptions {
  /** `nats://host:port`, `tls://…` or `wss://…`, comma separated for a cluster. */
  url: string;
  /** Who to be and whom to believe, beside what the address states. */
  access?: ServerAccess | undefined;
  /** Name shown by `nats server report connections`. */
  name: string;
  /** Its inboxes begin with `_INBOX.` and this; unset: the name. */
  inbox?: string;
  /** Milliseconds to wait for the first connection; afterwards it reconnects forever. */
  connectTimeoutMs?: number;
  /** Bytes of the largest message that will be stored; a server that takes less is refused. */
  messageBytesMax?: number;
  /** As in `Wire`. */
  advice?: Wire['advice'];
}

const connectTimeoutMsDefault = 10_000;
const retryMs = 200;

export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const address = serverAddress(options.url);
  const deadlineMs = performance.now() + (options.connectTimeoutMs ?? connectTimeoutMsDefault);
  // The error of the tries before the last one, which has little time left and shows no more than that.
  let why: unknown;
  for (;;) {
    try {
      return await tryOpen(options, address, Math.max(1, deadlineMs - performance.now()));
    } catch (error) {
      if (isManyhandsError(error)) throw error;
      if (error instanceof errors.AuthorizationError) {
        throw new ManyhandsError(
          'bad_request',
          `the NATS server at ${address.shown} refuses these credentials: put the right ones into NATS_URL (nats://user:password@host)`,
          { cause: error },
        );
      }
      if (why === undefined || !(error instanceof errors.TimeoutError)) why = error;
      if (performance.now() + retryMs >= deadlineMs) {
        throw new ManyhandsError(
          'unavailable',
          `no NATS server answers at ${address.shown}: ${messageOf(why)}. Start one there, or set NATS_URL.`,
          { cause: why },
        );
      }
      await new Promise((resume) => setTimeout(resume, retryMs));
    }
  }
}

async function tryOpen(options: BrokerOptions, address: ServerAddress, timeoutMs: number): Promise<Broker> {
  const { shown } = address;
  const { domain } = options.access ?? {};
  const prefix = inboxPrefix(options.inbox ?? options.name);
  const connection = await dial(address, options.access ?? {}, {
    name: options.name,
    inboxPrefix: prefix,
    timeout: Math.min(timeoutMs, 5_000),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  });
  keepPrefix(connection, prefix);
  try {
    refuseOldServer(connection, shown);
    refuseSmallMessages(connection, shown, options.messageBytesMax ?? 0);
    return new Broker(wireOver(options, connection, await managerOf(connection, shown, domain)));
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

function refuseSmallMessages(connection: NatsConnection, url: string, needed: number): void {
  const bytes = connection.info?.max_payload ?? Infinity;
  if (bytes >= needed) return;
  throw new ManyhandsError(
    'bad_request',
    `the NATS server at ${url} takes messages of at most ${bytes} bytes, but ${needed} are needed: set max_payload: ${needed} in its configuration`,
  );
}

async function managerOf(connection: NatsConnection, url: string, domain: string | undefined): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, domainOptions(domain));
  } catch (error) {
    // An account without JetStream never answers otherwise; a server that is still starting does, on the next try.
    // The server of a domain is another one, which this one may not have reached yet.
    if (domain === undefined && connection.info?.jetstream !== true) {
      throw new ManyhandsError(
        'bad_request',
        `the NATS server at ${url} runs without JetStream: start it with a jetstream { … } block`,
        { cause: error },
      );
    }
    throw error;
  }
}

function wireOver({ name, access, advice }: BrokerOptions, connection: NatsConnection, manager: JetStreamManager): Wire {
  const listeners = new Set<(connected: boolean) => void>();
  const answers = new StoredAnswers(connection);
  let connected = true;

  function become(now: boolean): void {
    if (connected === now) return;
    connected = now;
    for (const changed of [...listeners]) changed(now);
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
    jetstream: jetstream(connection, domainOptions(access?.domain)),
    manager,
    store: (subject, data, headers) => answers.publish(subject, data, headers),
    onConnected(changed) {
      listeners.add(changed);
      changed(connected);
      return () => listeners.delete(changed);
    },
    ...(advice && { advice }),
  };
}

function domainOptions(domain: string | undefined): { domain?: string } {
  return domain === undefined ? {} : { domain };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
