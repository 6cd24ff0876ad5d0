/** What a process holds of the simulated broker: the `Broker` of libs/nats, so that the code above it runs as it is. */
import { Broker, type Wire } from '@manyhands/nats';
import { STREAMS } from '@manyhands/proto';
import { errors } from '@nats-io/transport-node';
import type { Connection } from './connection.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { Offered, Stored } from './stored-stream.ts';

interface Headers {
  get(name: string): string;
}

const text = new TextDecoder();
const MESSAGE_BYTES_MAX = 1024 * 1024;

/** As nats.js, which sends nothing larger than the server said it takes. */
function storable(data: Uint8Array): Promise<never> | undefined {
  return data.length > MESSAGE_BYTES_MAX
    ? Promise.reject(errors.InvalidArgumentError.format('payload', 'max_payload size exceeded'))
    : undefined;
}

export function clientOf(broker: SimulatedBroker, connection: Connection): Broker {
  broker.connections.add(connection);
  const batches = new Map<string, Offered[]>();

  /** Takes one message of a batch; the whole batch when it was the last. */
  function batched(subject: string, data: Uint8Array, headers: Headers): Offered[] {
    const id = headers.get('Nats-Batch-Id');
    const batch = batches.get(id) ?? [];
    batches.set(id, batch);
    batch.push({ subject, data, by: broker.partition.ownershipOf(connection), ...saidBy(headers) });
    return batch;
  }

  function ingest(offered: Offered, reply: string): void {
    const answer = broker.ingests.take(offered, reply);
    if (answer !== undefined) connection.answer(reply, { subject: reply, data: offered.data, json: () => answer });
  }

  function pull(subject: string, payload: string, inbox: string): void {
    const { batch, max_bytes, expires, id, no_wait } = JSON.parse(payload) as {
      batch: number;
      max_bytes?: number;
      expires?: number;
      id?: string;
      no_wait?: boolean;
    };
    const { epoch } = connection;
    connection.send(() => {
      const waitMs = (expires ?? 0) / 1e6;
      const request = {
        connection,
        epoch,
        inbox,
        left: batch,
        bytesLeft: max_bytes ?? Infinity,
        expiresAtMs: no_wait === true ? Infinity : broker.nowMs + waitMs,
        waits: no_wait !== true,
        pinId: id,
      };
      (broker.lanes.find(({ name }) => subject.endsWith(`.${name}`)) ?? broker.partition).pull(request);
    });
  }

  function settle(subject: string, answer: string): void {
    const [, , , consumer, , sequence] = subject.split('.');
    const settling = [broker.partition, ...broker.lanes].find(({ name }) => name === consumer);
    settling!.settle(Number(sequence), answer);
  }

  const wire = {
    name: connection.life.name,
    jetstream: { apiPrefix: '$JS.API' },
    store: (subject: string, data: Uint8Array, headers?: Headers) =>
      storable(data) ??
      connection.request(() =>
        broker.publish({
          subject,
          data,
          by: broker.partition.ownershipOf(connection),
          removal: headers?.get('KV-Operation') === 'PURGE',
          ...(headers?.get('Nats-Schedule') && { dueAtMs: Date.parse(headers.get('Nats-Schedule').slice('@at '.length)) }),
          ...(headers && saidBy(headers)),
        }),
      ),
    manager: {
      direct: {
        // The nearest replica may not have it yet.
        getMessage: (stream: string, { last_by_subj }: { last_by_subj: string }) =>
          connection.request(() => {
            const found = broker.isBehind() ? undefined : broker.stream(stream).last(last_by_subj);
            return found === undefined ? null : storedMsg(found);
          }),
      },
      streams: {
        getMessage: (stream: string, query: { last_by_subj?: string; seq?: number; next_by_subj?: string }) =>
          connection.request(() => {
            const { last_by_subj, seq, next_by_subj } = query;
            if (last_by_subj !== undefined) broker.troubles.check({ subject: last_by_subj, isRead: true });
            const found =
              last_by_subj !== undefined
                ? broker.stream(stream).last(last_by_subj)
                : broker.stream(stream).next(next_by_subj ?? '>', seq ?? 0);
            return found === undefined ? null : storedMsg(found);
          }),
        info: (stream: string, options: { subjects_filter?: string } = {}) =>
          connection.request(() => ({
            state: broker.stream(stream).state(options.subjects_filter),
            ts: new Date(broker.nowMs + broker.clockAheadMs).toISOString(),
          })),
        purge: (stream: string, { filter, seq }: { filter: string; seq?: number }) =>
          connection.request(() => ({ purged: broker.purge(stream, filter, seq, broker.partition.ownershipOf(connection)) })),
      },
      consumers: {
        info: () => connection.request(() => broker.partition.info()),
        reset: () => connection.request(() => broker.partition.reset()),
        unpin: () => connection.request(() => broker.partition.unpin()),
      },
    },
    connection: {
      info: { max_payload: MESSAGE_BYTES_MAX },
      isClosed: () => !connection.life.alive,
      isDraining: () => false,
      subscribe(subject: string, { callback }: { callback: (error: null, message: unknown) => void }) {
        connection.subscriptions.set(subject, (message) => callback(null, message));
        const unsubscribe = (): void => void connection.subscriptions.delete(subject);
        return { unsubscribe, isClosed: () => !connection.subscriptions.has(subject), drain: async () => unsubscribe() };
      },
      publish(subject: string, data: Uint8Array | string, { reply, headers }: { reply?: string; headers?: Headers } = {}) {
        if (subject.startsWith('$JS.API.CONSUMER.MSG.NEXT.')) pull(subject, String(data), reply!);
        else if (subject.startsWith('$JS.ACK.'))
          connection.send(() => settle(subject, typeof data === 'string' ? data : text.decode(data)));
        else if (reply?.endsWith('.$FI'))
          connection.send(() =>
            ingest(
              { subject, data: data as Uint8Array, by: broker.partition.ownershipOf(connection), ...saidBy(headers!) },
              reply,
            ),
          );
        else if (headers !== undefined) connection.send(() => void batched(subject, data as Uint8Array, headers));
        else connection.send(() => broker.say(subject, data as Uint8Array));
      },
      request: (subject: string, data: Uint8Array, { headers }: { headers?: Headers } = {}) =>
        storable(data) ??
        connection.request(() => {
          if (subject.startsWith('$JS.ACK.')) return settle(subject, text.decode(data));
          const batch = batched(subject, data, headers!);
          const complete = batch.length === Number(headers!.get('Nats-Batch-Sequence'));
          const answer = complete
            ? commit(broker, batch)
            : { error: { code: 400, err_code: 10176, description: 'batch is incomplete' } };
          return { json: () => answer };
        }),
    },
    onConnected(changed: (connected: boolean) => void) {
      connection.statusWatchers.add(changed);
      changed(connection.connected);
      return () => void connection.statusWatchers.delete(changed);
    },
  };
  return new Broker(wire as unknown as Wire);
}

/** What the headers tell the server. */
function saidBy(headers: Headers): Pick<Offered, 'messageId' | 'expected'> {
  const messageId = headers.get('Nats-Msg-Id');
  const expected = headers.get('Nats-Expected-Last-Subject-Sequence');
  return {
    ...(messageId !== '' && { messageId }),
    ...(expected !== '' && { expected: Number(expected) }),
  };
}

function commit(broker: SimulatedBroker, batch: readonly Offered[]): object {
  try {
    broker.publishBatch(batch);
    return { count: batch.length, stream: STREAMS.mailbox.name };
  } catch (error) {
    if (error instanceof Error && 'apiError' in error) return { error: (error.apiError as () => object)() };
    throw error;
  }
}

function storedMsg({ subject, sequence, storedAtMs, data, removal }: Stored) {
  return {
    subject,
    seq: sequence,
    time: new Date(storedAtMs),
    data,
    header: { get: (name: string) => (removal && name === 'KV-Operation' ? 'PURGE' : '') },
  };
}
