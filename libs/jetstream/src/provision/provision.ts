/**
 * Makes sure that the server has every stream, bucket and partition consumer of `@manyhands/proto`.
 *
 *   absent ──create──▶ as wanted      differs ──refuse (nothing is changed)      description differs ──refresh──▶ as wanted
 *
 *   age of a retained stream differs, fast ingest is off ──refresh──▶ as wanted
 *
 * Always true: it may run any number of times, from many processes at once. But for descriptions, the configured retention and what a stream only
 * allows it never changes or removes what it finds, because a wrong guess would lose jobs; it says what differs and which command repairs it.
 */
import { BUCKETS, isManyhandsError, ManyhandsError, type BucketSpec, type StreamSpec } from '@manyhands/proto';
import { JetStreamApiError } from '@nats-io/jetstream';
import { STREAMS } from '@manyhands/proto';
import type { Broker } from '../broker.ts';
import { API_CODES } from '../api-codes.ts';
import { insist } from '../insist.ts';
import { differencesOf, driftMessage } from './drift.ts';
import { wantedPartitions, type WantedConsumer } from './partition-config.ts';
import { bucketStream, wantedStreams, type WantedStream } from './stream-config.ts';

export interface ProvisionOptions {
  /** Copies of each stream: 1 on a single node, 3 on a cluster. */
  replicas?: 1 | 3;
  /** How long what belongs to a job is kept: another number than the server's is put there. Unset: the ages in the specs. */
  retentionHours?: number;
}

/** Throws `bad_request` with what differs and how to repair it, `unavailable` when the server cannot hold the streams. */
export async function provision(broker: Broker, { replicas = 1, retentionHours }: ProvisionOptions = {}): Promise<void> {
  const [sourcing, others] = partitioned(wantedStreams(replicas, retentionHours), (wanted) => wanted.sources !== undefined);
  await Promise.all(others.map((wanted) => provisionStream(broker, wanted)));
  await Promise.all(sourcing.map((wanted) => provisionStream(broker, wanted)));
  await Promise.all(wantedPartitions().map((wanted) => provisionConsumer(broker, STREAMS.mailbox.name, wanted)));
}

/** Streams that copy from others come after them. */
function partitioned<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

async function provisionStream(broker: Broker, wanted: WantedStream): Promise<void> {
  const { streams } = broker.manager;
  const info = await findOrCreate(
    broker,
    `stream ${wanted.name}`,
    () => streams.info(wanted.name),
    () => streams.add(wanted),
  );
  const differences = differencesOf(info.config, wanted);
  const fresh = differences.filter(({ field }) => field === 'allow_batched' || (field === 'max_age' && isRetained(wanted.name)));
  const others = differences.filter((difference) => !fresh.includes(difference));
  refuse(`stream ${wanted.name}`, others, {
    edit: `nats stream edit ${wanted.name}`,
    remove: `nats stream rm ${wanted.name}`,
  });
  if (fresh.length > 0) await streams.update(wanted.name, Object.fromEntries(fresh.map((difference) => [difference.field, difference.wanted])));
  if (info.config.description !== wanted.description) await streams.update(wanted.name, { description: wanted.description });
}

/** Whether the age of a stream or of the stream under a bucket is the operator's to choose. */
function isRetained(name: string): boolean {
  const stream = Object.values<StreamSpec>(STREAMS).find((spec) => spec.name === name);
  const bucket = Object.values<BucketSpec>(BUCKETS).find((spec) => bucketStream(spec.name) === name);
  return (stream ?? bucket)?.retained === true;
}

/** Creates one durable consumer, or compares the one that is there. */
export async function provisionConsumer(broker: Broker, stream: string, wanted: WantedConsumer): Promise<void> {
  const { consumers } = broker.manager;
  const name = wanted.durable_name;
  const info = await findOrCreate(
    broker,
    `consumer ${name}`,
    () => consumers.info(stream, name),
    () => consumers.add(stream, wanted),
  );
  refuse(`consumer ${name} of stream ${stream}`, differencesOf(info.config, wanted), {
    edit: `nats consumer edit ${stream} ${name}`,
    remove: `nats consumer rm ${stream} ${name}`,
  });
  if (info.config.description !== wanted.description) await consumers.update(stream, name, { description: wanted.description });
}

/**
 * Looks first; creates when absent; looks again when another process created it meanwhile, or an earlier try whose answer was lost. Waits out restarts
 * and elections, so that a service may start during one.
 */
async function findOrCreate<Info>(broker: Broker, what: string, find: () => Promise<Info>, create: () => Promise<Info>): Promise<Info> {
  try {
    return await insist(broker, `providing ${what}`, find);
  } catch (error) {
    if (!hasCode(error, API_CODES.streamNotFound, API_CODES.consumerNotFound)) throw unavailable(what, error);
  }
  try {
    return await insist(broker, `providing ${what}`, create);
  } catch (error) {
    if (hasCode(error, API_CODES.streamNameInUse, API_CODES.consumerNameInUse, API_CODES.consumerExists)) return insist(broker, `providing ${what}`, find);
    throw unavailable(what, error);
  }
}

function refuse(what: string, differences: ReturnType<typeof differencesOf>, repair: { edit: string; remove: string }): void {
  if (differences.length > 0) throw new ManyhandsError('bad_request', driftMessage(what, differences, repair));
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

function unavailable(what: string, error: unknown): ManyhandsError {
  if (isManyhandsError(error)) return error;
  const hint = hasCode(error, API_CODES.storageExceeded) ? ' Raise max_file_store of the server: the streams reserve 13 GB.' : '';
  const message = error instanceof Error ? error.message : String(error);
  return new ManyhandsError('unavailable', `the NATS server could not provide ${what}: ${message}.${hint}`, { cause: error });
}
