/**
 * Takes chunks out of what waits and what is leased, because their fate is known now.
 *
 * A lease that loses a chunk this way is forgotten: the rest of its span waits again, and its result, should it still come, overlaps what
 * is done and does not count.
 */
import { ChunkSet } from './chunk-set.ts';
import { lengthOf, type Span } from './spans.ts';
import type { JobState, OutstandingLease } from './state.ts';
import { takenFrom, withGivenUp, type Waiting } from './waiting.ts';

export interface Claim {
  job: JobState;
  /** The chunks taken, as they waited. */
  taken: Waiting;
}

/** Takes these chunks, as far as they are at `attemptMax` or an earlier attempt. */
export function claimed(job: JobState, chunks: ChunkSet, attemptMax = Infinity): Claim {
  const losing: OutstandingLease[] = [];
  const touches = touching(chunks);
  const leases = job.leases.filter((lease) => lease.attempt > attemptMax || !touches(lease.span) || !losing.push(lease));
  const waiting = losing.length === 0 ? job.waiting : withGivenUp(job.waiting, losing);
  const { waiting: left, taken } = takenFrom(waiting, chunks, attemptMax);
  return { job: { ...job, leases, waiting: left }, taken };
}

/** Most results are of one span, and are held against every lease that is out. */
function touching(chunks: ChunkSet): (span: Span) => boolean {
  const first = chunks.first();
  if (first === undefined || lengthOf(first) < chunks.size) return (span) => chunks.touches(span);
  return ([begin, end]) => begin < first[1] && first[0] < end;
}

export function chunksOf(groups: Waiting): ChunkSet {
  return groups.reduce((chunks, group) => chunks.union(group.chunks), ChunkSet.NONE);
}
