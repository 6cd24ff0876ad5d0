/**
 * Reads every stream from each server of a cluster, because a split brain cannot be seen through one client.
 *
 * Each server is made leader in turn: only the leader answers reads of single messages, from its own store.
 */
import { createHash } from 'node:crypto';
import { bucketStream } from '../../../libs/nats/src/provision/stream-config.ts';
import { BUCKETS, STREAMS } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import type { Entry, History } from '../history.ts';
import { makeLeader } from './cluster-leaders.ts';

/** Buckets of heartbeats and figures change all the time and promise nothing. */
export const STILL = [
  ...Object.values(STREAMS).map(({ name }) => name),
  ...[BUCKETS.jobs, BUCKETS.jobState, BUCKETS.kinds, BUCKETS.idempotency].map(({ name }) => bucketStream(name)),
];
const atOnce = 100;
const triesMax = 5;

export async function readReplicas(broker: Broker, servers: readonly string[], history: History): Promise<void> {
  for (const stream of STILL) {
    for (const replica of await replicasOf(broker, stream, servers)) history.add({ what: 'replica', stream, ...replica });
  }
}

type Replica = Omit<Extract<Entry, { what: 'replica' }>, 'atMs' | 'what' | 'stream'>;

/**
 * What each server holds of a stream. Servers are read one after the other, so what is stored or removed
 * meanwhile looks like a difference: then all are read again. A true difference is there again.
 */
export async function replicasOf(broker: Broker, stream: string, servers: readonly string[]): Promise<Replica[]> {
  for (let tries = 1; ; tries += 1) {
    const replicas: Replica[] = [];
    for (const server of servers) {
      await makeLeader(broker, stream, server);
      const { state } = await broker.manager.streams.info(stream);
      const hash = await contentHash(broker, stream, state.first_seq, state.last_seq);
      replicas.push({ server, messages: state.messages, first: state.first_seq, last: state.last_seq, hash });
    }
    const isOne = new Set(replicas.map(({ messages, first, last, hash }) => [messages, first, last, hash].join(' '))).size === 1;
    if (isOne || tries === triesMax) return replicas;
  }
}

async function contentHash(broker: Broker, stream: string, first: number, last: number): Promise<string> {
  const hash = createHash('sha256');
  for (let from = Math.max(1, first); from <= last; from += atOnce) {
    const sequences = Array.from({ length: Math.min(atOnce, last - from + 1) }, (_, index) => from + index);
    const messages = await Promise.all(sequences.map((seq) => broker.manager.streams.getMessage(stream, { seq })));
    for (const message of messages) {
      if (message === null) continue;
      hash.update(`${message.seq} ${message.subject} ${message.time.toISOString()} ${message.data.length}\n`);
      hash.update(message.data);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
