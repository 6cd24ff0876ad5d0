/** Turns the specs of `@manyhands/proto` into what the server is asked for. Pure. */
import {
  BUCKETS,
  limitBytes,
  LOADS,
  PARTITION_COUNT,
  retainedMs,
  STREAMS,
  type BucketKey,
  type BucketSpec,
  type StreamKey,
  type StreamSpec,
} from '@manyhands/proto';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** Every field the system relies on, and none it leaves to the server. */
export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, 'name'> & { description: string };

/** What an operator chooses, and must be the same for every service; what is left out is as in the specs. */
export interface Chosen {
  /** Takes the place of the ages that are marked as retained. */
  retentionHours?: number | undefined;
  /** What all limits take together; each follows from it in proportion. */
  storageGb?: number | undefined;
}

export function wantedStreams(replicas: number, { retentionHours, storageGb }: Chosen = {}): WantedStream[] {
  const sized = <Spec extends { maxBytes: number }>(key: StreamKey | BucketKey, spec: Spec): Spec => ({
    ...spec,
    maxBytes: limitBytes(LOADS[key], storageGb),
  });
  return [
    ...Object.entries<StreamSpec>(STREAMS).map(([key, spec]) =>
      streamConfig(sized(key as StreamKey, spec), replicas, retentionHours),
    ),
    ...Object.entries<BucketSpec>(BUCKETS).map(([key, spec]) =>
      bucketConfig(sized(key as BucketKey, spec), replicas, retentionHours),
    ),
  ];
}

/** Where MAILBOX states into how many partitions its subjects are divided: a job's mailbox is found by that number. */
export const PARTITIONS_NOTE = 'manyhands.partitions';

/**
 * A stream of the flow.
 *
 * Timers are a stream of their own that MAILBOX sources: nats-server 2.15 answers "message scheduling cannot use discard new", and a full
 * mailbox must refuse new messages rather than forget a job's first ones.
 */
export function streamConfig(spec: StreamSpec, replicas: number, retentionHours?: number): WantedStream {
  return {
    name: spec.name,
    description: spec.description,
    subjects: [...spec.subjects],
    retention: spec.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: spec.schedules || spec.dropsOldest ? DiscardPolicy.Old : DiscardPolicy.New,
    max_bytes: spec.maxBytes,
    max_age: nanos(ageOf(spec, spec.maxAgeMs, retentionHours)),
    duplicate_window: nanos(spec.duplicateWindowMs),
    allow_atomic: spec.batches,
    allow_batched: spec.batches,
    allow_direct: false,
    ...(spec.name === STREAMS.mailbox.name && { metadata: { [PARTITIONS_NOTE]: String(PARTITION_COUNT) } }),
    ...(spec.schedules && { allow_msg_schedules: true, allow_msg_ttl: true, max_msgs_per_subject: 1 }),
    ...(spec.source && {
      sources: [{ name: spec.source.stream, subject_transforms: [{ src: spec.source.from, dest: spec.source.to }] }],
    }),
  };
}

function ageOf({ retained }: { retained?: true }, ageMs: number, retentionHours: number | undefined): number {
  return retained && retentionHours !== undefined ? retainedMs(retentionHours) : ageMs;
}

/** Name of the stream under a bucket, as every NATS client spells it. */
export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

/** The stream under a KV bucket, laid out so that the `nats kv` commands and other clients read it. */
export function bucketConfig(spec: BucketSpec, replicas: number, retentionHours?: number): WantedStream {
  return {
    name: bucketStream(spec.name),
    description: spec.description,
    subjects: [`$KV.${spec.name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.New,
    max_bytes: spec.maxBytes,
    max_msgs_per_subject: 1,
    max_age: nanos(ageOf(spec, spec.ttlMs, retentionHours)),
    allow_rollup_hdrs: true,
    deny_delete: true,
    // Off, so that every read goes to the leader and sees what was written before it.
    allow_direct: false,
    ...(spec.markerTtlMs > 0 && { allow_msg_ttl: true, subject_delete_marker_ttl: nanos(spec.markerTtlMs) }),
  };
}
