/** What this package needs to know of a stream or a bucket to lay it out and to use it: plain data, passed in by its owner. */

export interface StreamSpec {
  name: string;
  description: string;
  /** Wildcards allowed. */
  subjects: readonly string[];
  /** `workqueue`: a message leaves when it is acknowledged. */
  retention: 'limits' | 'workqueue';
  maxBytes: number;
  /** Milliseconds; 0 is forever. */
  maxAgeMs: number;
  /** Whether several messages may be stored with one answer. */
  batches: boolean;
  /** Milliseconds within which an equal message id is stored once. */
  duplicateWindowMs: number;
  /** Whether messages may carry a schedule and a life time of their own; then one message at most is kept per subject. */
  schedules?: true;
  /** Whether it drops the oldest when full, instead of refusing the newest. Streams that hold schedules always do. */
  dropsOldest?: true;
  /** Messages of one subject; then the oldest of that subject leave. */
  perSubjectMax?: number;
  /** Whether any replica may answer what is read by subject: right where each subject is written once. */
  direct?: true;
  /** Copies messages of another stream into this one, under another subject. */
  source?: { stream: string; from: string; to: string };
}

export interface BucketSpec {
  name: string;
  description: string;
  maxBytes: number;
  /** Milliseconds a key lives after its last write; 0 is forever. */
  ttlMs: number;
  /** Keys may carry a life time of their own; the removal is announced to watchers for this long (ms). 0: no. */
  markerTtlMs: number;
  /** Whether a write is acknowledged before it is on disk: fast, and a crash may take the last ones. Of no effect where there are copies: there none is lost. */
  flushedLater?: true;
  /** Whether it drops the oldest when full, instead of refusing the newest. */
  dropsOldest?: true;
}

/** Enough to read a stream. */
export type StoredIn = Pick<StreamSpec, 'name' | 'retention'>;
