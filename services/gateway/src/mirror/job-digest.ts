/** The few words the gateway itself reads from a job's view: to filter lists, and to know when a stream of events ends. */
import { isFinal, JOB_STATUSES, type JobStatus, type JobView } from '@manyhands/proto';
import { searchedText } from '@manyhands/proto/job-search';
import type { FeedEntry } from './feed-entry.ts';

export interface JobDigest {
  kind: string;
  status: JobStatus;
  /** How often it was requeued; absent: never. */
  round?: number;
  failed_chunks?: number;
  chunks?: number;
  /** The id of the input its chunks are cut from. */
  input?: string;
  /** As `name=value`. */
  tags?: readonly string[];
  /** What words are searched in, beside its id and its kind. */
  text?: string;
}

const decoder = new TextDecoder();

/** Undefined for what is no view. */
export function digestView(value: Uint8Array): JobDigest | undefined {
  try {
    const view = JSON.parse(decoder.decode(value)) as Partial<
      Omit<JobDigest, 'input' | 'tags' | 'chunks' | 'text'> &
        Pick<JobView, 'input' | 'tags' | 'total_chunks' | 'params' | 'error' | 'detail'>
    >;
    const { kind, status, round = 0, failed_chunks = 0, total_chunks: chunks = 0, input, tags } = view;
    return typeof kind === 'string' && JOB_STATUSES.includes(status as JobStatus)
      ? {
          kind,
          status: status as JobStatus,
          round,
          failed_chunks,
          chunks,
          text: searchedText(view),
          ...(input && { input: input.id }),
          ...(tags && { tags: Object.entries(tags).map(([name, tag]) => `${name}=${tag}`) }),
        }
      : undefined;
  } catch {
    return undefined;
  }
}

export function digestOf(entry: FeedEntry): JobDigest | undefined {
  return entry.digest as JobDigest | undefined;
}

/** Whether nothing more will come for this job. */
export function isLast(entry: FeedEntry): boolean {
  const digest = digestOf(entry);
  return entry.gone || (digest !== undefined && isFinal(digest.status));
}
