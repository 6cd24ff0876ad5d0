/** Whether the chunks of a group of failures may run again without the others of their job. Pure. */
import type { JobView } from '@manyhands/proto';
import { chunksIn, type Span } from '@manyhands/proto/failure-groups';
import { limits } from '@manyhands/proto/limits';
import { formatCount } from '../format.ts';

type Known = Pick<JobView, 'failed_chunks' | 'total_chunks' | 'on_dead_chunk' | 'max_failed'>;

/** Why the gateway would refuse it, as a sentence; null: it would not. */
export function groupRefusal(job: Known, chunks: readonly Span[]): string | null {
  const count = chunksIn(chunks);
  if (chunks.length > limits.requeueSpansMax || count > limits.requeueChunksMax)
    return `These are too many for a requeue of a part: at most ${formatCount(limits.requeueChunksMax)} chunks in ${formatCount(limits.requeueSpansMax)} pieces. Requeue all of the job.`;
  const { max_failed: most, on_dead_chunk: policy, total_chunks: total } = job;
  const allowed =
    most === undefined ? (policy === 'continue' ? total : 0) : 'count' in most ? most.count : Math.floor(most.share * total);
  const others = job.failed_chunks - count;
  return others > allowed
    ? `The job would fail by the ${formatCount(others)} others, because it allows ${formatCount(allowed)} dead chunks. Requeue all of the job.`
    : null;
}
