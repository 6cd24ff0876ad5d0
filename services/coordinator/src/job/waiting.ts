/**
 * The chunks of a job that wait for a lease, in groups of those that wait alike.
 *
 * Invariant: each chunk is in one group at most, no group is empty, no two are alike. Groups stand in the order in which they are leased: what failed
 * most often first, since it takes the longest to its end. Times lie on a grid, and those that have passed are forgotten, so there are few groups
 * however many chunks failed.
 */
import { ChunkSet } from './chunk-set.ts';
import type { Span } from './spans.ts';

export interface WaitingChunks {
  /** Runs that failed, and where its round begins. */
  attempt: number;
  /** Absent: at once. */
  notBeforeMs?: number;
  /** Most chunks of one lease, because a lease of more of them was lost. Absent: as many as the pace has it. */
  leaseMax?: number;
  /** They ended a worker or a thread, or ran beyond their time: leased as suspects, one by one unless `leaseMax` states more. */
  suspect?: true;
  chunks: ChunkSet;
}

export type Waiting = readonly WaitingChunks[];

export function withWaiting(waiting: Waiting, added: WaitingChunks): Waiting {
  if (added.chunks.size === 0) return waiting;
  const at = waiting.findIndex((one) => inOrder(one, added) >= 0);
  const found = at < 0 ? undefined : waiting[at]!;
  if (found === undefined) return [...waiting, added];
  if (inOrder(found, added) > 0) return waiting.toSpliced(at, 0, added);
  return waiting.with(at, { ...found, chunks: found.chunks.union(added.chunks) });
}

/** Takes these chunks out, of the groups at `attemptMax` or an earlier attempt. */
export function takenFrom(waiting: Waiting, chunks: ChunkSet, attemptMax = Infinity): { waiting: Waiting; taken: Waiting } {
  const taken: WaitingChunks[] = [];
  const left: WaitingChunks[] = [];
  for (const group of waiting) {
    const part = group.attempt <= attemptMax ? group.chunks.intersection(chunks) : ChunkSet.NONE;
    if (part.size > 0) taken.push({ ...group, chunks: part });
    if (part.size === 0) left.push(group);
    else if (part.size < group.chunks.size) left.push({ ...group, chunks: group.chunks.minus(part) });
  }
  return taken.length === 0 ? { waiting, taken } : { waiting: left, taken };
}

/** Those whose time has come by `nowMs` wait no longer for it. */
export function withDue(waiting: Waiting, nowMs: number): Waiting {
  const isDue = ({ notBeforeMs }: WaitingChunks): boolean => notBeforeMs !== undefined && notBeforeMs <= nowMs;
  if (!waiting.some(isDue)) return waiting;
  let next: Waiting = waiting.filter((group) => !isDue(group));
  for (const { notBeforeMs: _past, ...group } of waiting.filter(isDue)) next = withWaiting(next, group);
  return next;
}

/** With all their times changed. */
export function withTimes(waiting: Waiting, timeOf: (notBeforeMs: number) => number): Waiting {
  return waiting.reduce<Waiting>(
    (next, { notBeforeMs, ...group }) =>
      withWaiting(next, notBeforeMs === undefined ? group : { ...group, notBeforeMs: timeOf(notBeforeMs) }),
    [],
  );
}

export function countWaiting(waiting: Waiting): number {
  return waiting.reduce((sum, { chunks }) => sum + chunks.size, 0);
}

/** Below 0 when `one` is leased before `other`, 0 when both wait alike. */
function inOrder(one: WaitingChunks, other: WaitingChunks): number {
  const byTime = (one.notBeforeMs ?? 0) - (other.notBeforeMs ?? 0);
  const bySize = (one.leaseMax ?? Number.MAX_SAFE_INTEGER) - (other.leaseMax ?? Number.MAX_SAFE_INTEGER);
  return other.attempt - one.attempt || byTime || bySize || Number(one.suspect ?? false) - Number(other.suspect ?? false);
}

/** The chunks of forgotten leases wait again, as they did before. */
export function withGivenUp(waiting: Waiting, leases: readonly GivenUp[]): Waiting {
  const [only] = leases;
  if (only !== undefined && leases.length === 1) return withWaiting(waiting, waitingOf(only, [only]));
  const alike = Map.groupBy(leases, ({ attempt, leaseMax, suspect }) => `${attempt} ${leaseMax} ${suspect}`);
  return [...alike.values()].reduce<Waiting>((groups, group) => withWaiting(groups, waitingOf(group[0]!, group)), waiting);
}

/** What a lease states of how its chunks waited. */
interface GivenUp {
  span: Span;
  attempt: number;
  leaseMax?: number;
  suspect?: true;
}

function waitingOf({ attempt, leaseMax, suspect }: GivenUp, leases: readonly GivenUp[]): WaitingChunks {
  return {
    attempt,
    ...(leaseMax !== undefined && { leaseMax }),
    ...(suspect && { suspect }),
    chunks: ChunkSet.of(leases.map(({ span }) => span)),
  };
}
