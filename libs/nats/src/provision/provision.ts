/**
 * Makes sure that the server has every stream, bucket and partition consumer of `@manyhands/proto`.
 *
 *   absent ──create──▶ as wanted      differs ──refuse (nothing is changed)      description differs ──refresh──▶ as wanted
 *
 *   size, age of a retained stream, history that refuses instead of dropping its oldest, fast ingest is off ──refresh──▶ as wanted
 *
 * Invariant: it may run any number of times, from many processes at once. But for descriptions, what an operator chooses (`Chosen`) and what a stream only
 * allows it never changes or removes what it finds, because a wrong guess would lose jobs; it states what differs and which command repairs it. What the
 * server can never hold is refused with the setting to change.
 */
import { BUCKETS, isManyhandsError, ManyhandsError, STREAMS, type BucketSpec, type StreamSpec } from '@manyhands/proto';
import { JetStreamApiError, type StreamInfo } from '@nats-io/jetstream';
import type { Broker } from '../broker.ts';
import { API_CODES } from '../api-codes.ts';
import { insist } from '../insist.ts';
import { refuseSmallAccount, settingFor } from './account-limits.ts';
import { differencesOf, driftMessage, type Difference } from './drift.ts';
import { anyHasPast, listStreams, makeConsumerAnew, startingAnew } from './made-anew.ts';
import { wantedPartitions, type WantedConsumer } from './partition-config.ts';
import { bucketStream, PARTITIONS_NOTE, wantedStreams, type Chosen, type WantedStream } from './stream-config.ts';

export interface ProvisionOptions extends Chosen {
  /** Copies of each stream: 1 on a single node, 3 on a cluster. */
  replicas?: 1 | 3;
}

/** What differs and is put right. `storageGb` unset: a process that only reads does not change the sizes. */
interface Refreshed {
  sizes: boolean;
  /** Whether any stream of ours has had a message: what is missing beside it was there before. */
  hasPast: () => Promise<boolean>;
}

/** Throws `bad_request` with what differs or is too small and how to repair it, `unavailable` when the server cannot answer now. */
export async function provision(broker: Broker, { replicas = 1, ...chosen }: ProvisionOptions = {}): Promise<void> {
  await refuseSmallAccount(broker, replicas, chosen.storageGb);
  const wanted = wantedStreams(replicas, chosen);
  let past: Promise<boolean> | undefined;
  const refreshed: Refreshed = {
    sizes: chosen.storageGb !== undefined,
    hasPast: () => (past ??= listStreams(broker, wanted).then(anyHasPast)),
  };
  const [sourcing, others] = partitioned(wanted, (one) => one.sources !== undefined);
  await Promise.all(others.map((one) => provisionStream(broker, one, refreshed)));
  await Promise.all(sourcing.map((one) => provisionStream(broker, one, refreshed)));
  await Promise.all(wantedPartitions().map((one) => provisionConsumer(broker, STREAMS.mailbox.name, one)));
}

/** Streams that copy from others come after them. */
function partitioned<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

async function provisionStream(broker: Broker, wanted: WantedStream, { sizes, hasPast }: Refreshed): Promise<void> {
  const { streams } = broker.manager;
  const { metadata: notes = {}, ...config } = wanted;
  const info = await findOrCreate(
    broker,
    `stream ${wanted.name}`,
    () => streams.info(wanted.name),
    async () => streams.add((await hasPast()) ? startingAnew(wanted, Date.now()) : wanted),
  );
  refuseOtherPartitions(info, notes);
  const differences = differencesOf(info.config, config).filter(({ field }) => sizes || field !== 'max_bytes');
  const fresh = differences.filter((difference) => isRefreshed(wanted.name, difference));
  const others = differences.filter((difference) => !fresh.includes(difference));
  refuse(`stream ${wanted.name}`, others, {
    edit: `nats stream edit ${wanted.name}`,
    remove: `nats stream rm ${wanted.name}`,
  });
  refuseLosingSchedules(info, wanted, fresh);
  const changes: Record<string, unknown> = Object.fromEntries(fresh.map((difference) => [difference.field, difference.wanted]));
  if (info.config.description !== wanted.description) changes['description'] = wanted.description;
  if (Object.keys(notes).some((note) => info.config.metadata?.[note] === undefined))
    changes['metadata'] = { ...info.config.metadata, ...notes };
  if (Object.keys(changes).length > 0) await changeStream(broker, wanted.name, changes);
}

async function changeStream(broker: Broker, name: string, changes: Record<string, unknown>): Promise<void> {
  const what = `stream ${name}`;
  try {
    await insist(broker, `changing ${what}`, () => broker.manager.streams.update(name, changes));
  } catch (error) {
    throw unavailable(what, error);
  }
}

function isRefreshed(name: string, { field, wanted }: Difference): boolean {
  const spec = specOf(name);
  if (field === 'discard') return spec !== undefined && 'dropsOldest' in spec && wanted === 'old';
  return field === 'allow_batched' || field === 'max_bytes' || (field === 'max_age' && spec?.retained === true);
}

function specOf(name: string): StreamSpec | BucketSpec | undefined {
  const stream = Object.values<StreamSpec>(STREAMS).find((spec) => spec.name === name);
  return stream ?? Object.values<BucketSpec>(BUCKETS).find((spec) => bucketStream(spec.name) === name);
}

/** What a release before the note was written: 16, always. */
const partitionsUnnoted = '16';

/** A job's subjects hold its partition, so with another count every job would be looked for in the wrong place. */
function refuseOtherPartitions({ config }: StreamInfo, notes: Readonly<Record<string, string>>): void {
  const needed = notes[PARTITIONS_NOTE];
  const has = config.metadata?.[PARTITIONS_NOTE] ?? partitionsUnnoted;
  if (needed === undefined || has === needed) return;
  throw new ManyhandsError(
    'bad_request',
    `the jobs on this NATS server are divided into ${has} partitions, but this build divides them into ${needed}. Start a build with ${has} (PARTITION_COUNT), or, when no job on it is needed any more, remove them with \`nats stream rm ${config.name}\` and start again.`,
  );
}

/** A stream that holds schedules drops its oldest when it is full, so it is never made smaller than what is in it. */
function refuseLosingSchedules(
  { config, state }: StreamInfo,
  { max_bytes: limit = -1 }: WantedStream,
  fresh: readonly Difference[],
): void {
  if (!fresh.some(({ field }) => field === 'max_bytes') || config.allow_msg_schedules !== true || state.bytes <= limit) return;
  throw new ManyhandsError(
    'bad_request',
    `stream ${config.name} on this NATS server holds ${state.bytes} bytes, and would lose some with its new limit of ${limit} bytes: set MANYHANDS_STORAGE_GB to more, for all services.`,
  );
}

/** Creates one durable consumer, or compares the one that is there. */
export async function provisionConsumer(broker: Broker, stream: string, wanted: WantedConsumer): Promise<void> {
  const { consumers } = broker.manager;
  const name = wanted.durable_name;
  const info = await findOrCreate(
    broker,
    `consumer ${name}`,
    () => consumers.info(stream, name),
    () => makeConsumerAnew(broker, stream, wanted),
  );
  const differences = differencesOf(info.config, wanted).filter(({ field }) => field !== 'metadata');
  refuse(`consumer ${name} of stream ${stream}`, differences, {
    edit: `nats consumer edit ${stream} ${name}`,
    remove: `nats consumer rm ${stream} ${name}`,
  });
  if (info.config.description !== wanted.description) await consumers.update(stream, name, { description: wanted.description });
}

/**
 * Looks first; creates when absent; looks again when another process created it meanwhile, or an earlier try whose answer was lost. Waits out restarts
 * and elections, so that a service may start during one.
 */
async function findOrCreate<Info>(
  broker: Broker,
  what: string,
  find: () => Promise<Info>,
  create: () => Promise<Info>,
): Promise<Info> {
  try {
    return await insist(broker, `providing ${what}`, find);
  } catch (error) {
    if (!hasCode(error, API_CODES.streamNotFound, API_CODES.consumerNotFound)) throw unavailable(what, error);
  }
  try {
    return await insist(broker, `providing ${what}`, create);
  } catch (error) {
    if (hasCode(error, API_CODES.streamNameInUse, API_CODES.consumerNameInUse, API_CODES.consumerExists))
      return insist(broker, `providing ${what}`, find);
    throw unavailable(what, error);
  }
}

function refuse(what: string, differences: ReturnType<typeof differencesOf>, repair: { edit: string; remove: string }): void {
  if (differences.length > 0) throw new ManyhandsError('bad_request', driftMessage(what, differences, repair));
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/** What no waiting mends is `bad_request`, with the setting to change. */
function unavailable(what: string, error: unknown): ManyhandsError {
  if (isManyhandsError(error)) return error;
  const message = `the NATS server could not provide ${what}: ${error instanceof Error ? error.message : String(error)}.`;
  const setting = error instanceof JetStreamApiError ? settingFor(error.code) : undefined;
  if (setting !== undefined) return new ManyhandsError('bad_request', `${message} ${setting}`, { cause: error });
  return new ManyhandsError('unavailable', message, { cause: error });
}
