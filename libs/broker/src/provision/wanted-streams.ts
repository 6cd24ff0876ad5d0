/** The streams and buckets of `@manyhands/proto` as the server is asked for them. Pure. */
import { bucketConfig, streamConfig, type WantedStream } from '@manyhands/nats';
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
import { maySee, type AssetKey, type Identity } from '@manyhands/proto/identities';

/** What an operator chooses, and every service must be given alike; what is left out is as in the specs. */
export interface Chosen {
  /** Takes the place of the ages that are marked as retained. */
  retentionHours?: number | undefined;
  /** What all limits take together; each follows from it in proportion. */
  storageGb?: number | undefined;
  /** Who asks: what this identity may not see is left out. */
  as?: Identity | undefined;
}

/** Where MAILBOX states into how many partitions its subjects are divided: a job's mailbox is found by that number. */
export const PARTITIONS_NOTE = 'manyhands.partitions';

export function wantedStreams(replicas: number, { retentionHours, storageGb, as }: Chosen = {}): WantedStream[] {
  const age = ({ retained }: { retained?: true }, ageMs: number): number =>
    retained && retentionHours !== undefined ? retainedMs(retentionHours) : ageMs;
  const sized = (key: StreamKey | BucketKey): { maxBytes: number } => ({ maxBytes: limitBytes(LOADS[key], storageGb) });
  const seen = ([key]: [string, unknown]): boolean => as === undefined || maySee(as, key as AssetKey);
  return [
    ...Object.entries<StreamSpec>(STREAMS)
      .filter(seen)
      .map(([key, spec]) =>
        streamConfig(
          { ...spec, ...sized(key as StreamKey), maxAgeMs: age(spec, spec.maxAgeMs) },
          replicas,
          spec.name === STREAMS.mailbox.name ? { [PARTITIONS_NOTE]: String(PARTITION_COUNT) } : undefined,
        ),
      ),
    ...Object.entries<BucketSpec>(BUCKETS)
      .filter(seen)
      .map(([key, spec]) => bucketConfig({ ...spec, ...sized(key as BucketKey), ttlMs: age(spec, spec.ttlMs) }, replicas)),
  ];
}
