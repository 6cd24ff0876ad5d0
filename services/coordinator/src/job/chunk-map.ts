/**
 * The chunk map of a view: which chunks are done, leased or failed, as few enough intervals for a browser.
 *
 * Invariant: intervals are sorted and disjoint, also across the three lists. When there are more than `limits.viewIntervalsMax`, the
 * chunks are drawn in that many equal cells, each showing what most of it is, but failed as soon as one chunk in it failed.
 */
import { limits, type Interval, type JobView } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import type { JobState } from './state.ts';

type Shown = 'done' | 'leased' | 'failed';

export function chunkMap(job: JobState): JobView['chunks'] {
  const leased = ChunkSet.of(job.leases.map(({ span }) => span));
  const exact = { done: job.done, leased, failed: job.dead };
  if (job.done.spanCount + leased.spanCount + job.dead.spanCount <= limits.viewIntervalsMax) {
    return { done: intervals(exact.done), leased: intervals(exact.leased), failed: intervals(exact.failed), coarse: false };
  }
  return coarseMap(exact, job.submit.chunks);
}

function coarseMap(exact: Record<Shown, ChunkSet>, total: number): JobView['chunks'] {
  const cellChunks = Math.ceil(total / limits.viewIntervalsMax);
  const cellCount = Math.ceil(total / cellChunks);
  const drawn: Record<Shown, Interval[]> = { done: [], leased: [], failed: [] };
  for (let cell = 0; cell < cellCount; cell += 1) {
    const begin = cell * cellChunks;
    const end = Math.min(total, begin + cellChunks);
    const state = shownState(
      exact.done.countIn([begin, end]),
      exact.leased.countIn([begin, end]),
      exact.failed.countIn([begin, end]),
      end - begin,
    );
    if (state === undefined) continue;
    const last = drawn[state].at(-1);
    if (last !== undefined && last[1] === begin) last[1] = end;
    else drawn[state].push([begin, end]);
  }
  return { ...drawn, coarse: true };
}

function shownState(done: number, leased: number, failed: number, size: number): Shown | undefined {
  if (failed > 0) return 'failed';
  const waiting = size - done - leased;
  if (done >= leased && done >= waiting) return 'done';
  return leased >= waiting ? 'leased' : undefined;
}

function intervals(chunks: ChunkSet): Interval[] {
  return chunks.size === 0 ? [] : Array.from(chunks.spans(), ([begin, end]) => [begin, end]);
}
