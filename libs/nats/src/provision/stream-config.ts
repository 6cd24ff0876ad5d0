/** Turns specs into what the server is asked for. Pure. */
import { DiscardPolicy, PersistMode, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { BucketSpec, StreamSpec } from '../stream-spec.ts';
import type { WantedStream } from './wanted.ts';

/** nats-server 2.15 answers "message scheduling cannot use discard new", so a stream that holds schedules drops its oldest when it is full. */
export function streamConfig(spec: StreamSpec, replicas: number, notes?: Record<string, string>): WantedStream {
  return {
    name: spec.name,
    description: spec.description,
    subjects: [...spec.subjects],
    retention: spec.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: spec.schedules || spec.dropsOldest ? DiscardPolicy.Old : DiscardPolicy.New,
    max_bytes: spec.maxBytes,
    max_age: nanos(spec.maxAgeMs),
    duplicate_window: nanos(spec.duplicateWindowMs),
    allow_atomic: spec.batches,
    allow_batched: spec.batches,
    allow_direct: spec.direct === true,
    ...(notes && { metadata: notes }),
    ...(spec.perSubjectMax !== undefined && { max_msgs_per_subject: spec.perSubjectMax }),
    ...(spec.schedules && { allow_msg_schedules: true, allow_msg_ttl: true, max_msgs_per_subject: 1 }),
    ...(spec.source && {
      sources: [{ name: spec.source.stream, subject_transforms: [{ src: spec.source.from, dest: spec.source.to }] }],
    }),
  };
}

/** Name of the stream under a bucket, as every NATS client spells it. */
export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

/** The stream under a KV bucket, laid out so that the `nats kv` commands and other clients read it. */
export function bucketConfig(spec: BucketSpec, replicas: number): WantedStream {
  return {
    name: bucketStream(spec.name),
    description: spec.description,
    subjects: [`$KV.${spec.name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: spec.dropsOldest ? DiscardPolicy.Old : DiscardPolicy.New,
    max_bytes: spec.maxBytes,
    max_msgs_per_subject: 1,
    max_age: nanos(spec.ttlMs),
    allow_rollup_hdrs: true,
    deny_delete: true,
    // Off, so that every read goes to the leader and sees what was written before it.
    allow_direct: false,
    // nats-server 2.15 refuses it for streams with copies; stated for those too, so that one of a single server is found to differ.
    ...(spec.flushedLater && { persist_mode: replicas === 1 ? PersistMode.Async : undefined }),
    ...(spec.markerTtlMs > 0 && { allow_msg_ttl: true, subject_delete_marker_ttl: nanos(spec.markerTtlMs) }),
  };
}
