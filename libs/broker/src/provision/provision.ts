/**
 * Makes sure that the server has every stream, bucket and partition consumer of `@manyhands/proto`.
 *
 *   size, age of a retained stream, too few copies, history that refuses instead of dropping its oldest, fast ingest is off ──refresh──▶ as wanted
 *
 * Invariant: but for these, and what `provide.ts` of libs/nats refreshes always, nothing that is found is changed or removed.
 */
import {
  anyHasPast,
  bucketStream,
  listStreams,
  provideConsumer,
  provideStream,
  type Broker,
  type Difference,
  type ProvideRules,
  type StreamInfo,
  type WantedStream,
} from '@manyhands/nats';
import { BUCKETS, ManyhandsError, STREAMS, type BucketSpec, type StreamSpec } from '@manyhands/proto';
import { mayProvidePartitions } from '@manyhands/proto/identities';
import { refuseSmallAccount } from './account-limits.ts';
import { wantedPartitions } from './partition-config.ts';
import { PARTITIONS_NOTE, wantedStreams, type Chosen } from './wanted-streams.ts';

export interface ProvisionOptions extends Chosen {
  /** Copies of each stream: 1 on a single node, 3 on a cluster. */
  replicas?: 1 | 3;
}

/** Throws `bad_request` with what differs or is too small and how to repair it, `unavailable` when the server cannot answer now. */
export async function provision(broker: Broker, { replicas = 1, ...chosen }: ProvisionOptions = {}): Promise<void> {
  await refuseSmallAccount(broker, replicas, chosen.storageGb);
  const wanted = wantedStreams(replicas, chosen);
  // Who may not read the mailbox may not look at its consumers either.
  const partitions = chosen.as === undefined || mayProvidePartitions(chosen.as) ? wantedPartitions() : [];
  let past: Promise<boolean> | undefined;
  const rules: ProvideRules = {
    hasPast: () => (past ??= listStreams(broker, wanted).then(anyHasPast)),
    // A process that was given no size leaves the sizes alone.
    leftAlone: chosen.storageGb === undefined ? ['max_bytes'] : [],
    isRefreshed,
    check(info, wanted, fresh) {
      refuseOtherPartitions(info, wanted);
      refuseLosingSchedules(info, wanted, fresh);
    },
  };
  const copies = wanted.filter((one) => one.sources !== undefined);
  const others = wanted.filter((one) => one.sources === undefined);
  await Promise.all(others.map((one) => provideStream(broker, one, rules)));
  // Streams that copy from others come after them.
  await Promise.all(copies.map((one) => provideStream(broker, one, rules)));
  await Promise.all(partitions.map((one) => provideConsumer(broker, STREAMS.mailbox.name, one)));
}

function isRefreshed(name: string, { field, has, wanted }: Difference): boolean {
  const spec = specOf(name);
  // Copies are added, and never taken away: a process that was given another number by mistake makes nothing less safe.
  if (field === 'num_replicas') return Number(wanted) > Number(has ?? 1);
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
function refuseOtherPartitions({ config }: StreamInfo, { metadata }: WantedStream): void {
  const needed = metadata?.[PARTITIONS_NOTE];
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
