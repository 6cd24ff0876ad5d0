/** Which chunks the failures of a group are about, and whether they may run again without the others. Pure. */
import type { JobView } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import { formatCount } from '../format.ts';

/** `[begin, end)`. */
export type Span = readonly [begin: number, end: number];

/** The same chunks, each once, as few spans as there can be, in order. */
export function spansOf(spans: readonly Span[]): Span[] {
  const joined: [number, number][] = [];
  for (const [begin, end] of spans.toSorted(([one], [other]) => one - other)) {
    const last = joined.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([begin, end]);
  }
  return joined;
}

type Known = Pick<JobView, 'failed_chunks' | 'total_chunks' | 'on_dead_chunk' | 'max_failed'>;

/** Why the gateway would refuse it, as a sentence; null: it would not. */
export function groupRefusal(job: Known, chunks: readonly Span[]): string | null {
  const count = chunks.reduce((sum, [begin, end]) => sum + end - begin, 0);
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
