/**
 * Which leases to hand out next.
 *
 * Only a window of leases is outstanding per job (see `share.ts`), refilled as results arrive. So a huge job
 * cannot bury a small one, a cancel finds little to stop, and memory stays flat.
 *
 * Invariant: a planned lease covers chunks that waited and that no other lease covers; an id that was answered once is never planned again (its
 * result subject is taken, so it could not be answered): a chunk leaves the attempt it was answered at, or is leased with fewer others than before.
 */
import { computeLeaseId, runOf, timeLimitsOf, type ComputeLease } from '@manyhands/proto';
import { ChunkSet } from '../job/chunk-set.ts';
import { heuristics } from './heuristics.ts';
import { leaseSize } from './lease-size.ts';
import { holdsTooMuch, planMerges } from '../job/merge-plan.ts';
import { ALONE, isYoung, windowOf, type Share } from './share.ts';
import type { Span } from '../job/spans.ts';
import { leasesOut, withCopies } from './straggler.ts';
import { moved, type JobState, type OutstandingLease } from '../job/state.ts';
import { countWaiting, takenFrom, withDue } from '../job/waiting.ts';

export interface Plan {
  job: JobState;
  issued: readonly ComputeLease[];
}

/** Fills the job's window for its share of `slots` live slots with leases of at most `chunksMax` chunks, leases stragglers twice, and hands out the merges that are due. */
export function planLeases(job: JobState, slots: number, share: Share = ALONE, chunksMax = Number.POSITIVE_INFINITY): Plan {
  const filled = filledWindow(job, slots, share, chunksMax);
  const { job: copying, copied } = withCopies(filled.job, slots, share);
  const merging = planMerges(copying);
  const leases = [...[...filled.issued, ...copied].map((lease) => computeLease(job, lease)), ...merging.issued];
  const issued =
    leases.length > 0 && isYoung(job, slots, share) ? leases.map((lease) => ({ ...lease, young: true as const })) : leases;
  return { job: issued.length > 0 && job.status === 'pending' ? moved(merging.job, 'running') : merging.job, issued };
}

function filledWindow(
  given: JobState,
  slots: number,
  share: Share,
  chunksMax: number,
): { job: JobState; issued: OutstandingLease[] } {
  const dueNow = withDue(given.waiting, given.atMs);
  const job = dueNow === given.waiting ? given : { ...given, waiting: dueNow };
  const issued: OutstandingLease[] = [];
  if (holdsTooMuch(job)) return { job, issued };
  // A lease runs one chunk at a time, so this bounds the chunks that run at once; merges run none.
  const atOnce = job.submit.at_once;
  const allowed = atOnce === undefined ? Infinity : atOnce - leasesOut(job.leases);
  const outstanding = job.leases.length + job.merges.length;
  const due = job.waiting.filter(({ notBeforeMs }) => notBeforeMs === undefined);
  let left = countWaiting(due);
  let { waiting } = job;
  for (const { attempt, leaseMax, suspect, chunks } of due) {
    const isRetried = runOf(attempt) > 0;
    const sizeMax = Math.min(chunksMax, leaseMax ?? (suspect ? 1 : Infinity));
    // Of chunks that failed here and there most are leased alone.
    const usualMax = isRetried ? Math.min(sizeMax, Math.ceil(chunks.size / chunks.spanCount)) : sizeMax;
    const room = Math.min(
      heuristics.issuedMax,
      allowed,
      windowOf(job, slots, share, usualMax, isRetried ? heuristics.retriedLeasesMax : undefined) - outstanding,
    );
    const taken: Span[] = [];
    for (const [begin, end] of issued.length < room ? chunks.spans(room * job.pace.size) : []) {
      for (let from = begin; from < end && issued.length < room;) {
        const size = Math.min(end - from, sizeMax, leaseSize(job.pace, left, slots, job.submit.concurrency));
        const span: Span = [from, from + size];
        issued.push({
          id: computeLeaseId(...span, attempt),
          span,
          attempt,
          ...(leaseMax !== undefined && { leaseMax }),
          ...(suspect && { suspect }),
          sinceMs: job.atMs,
        });
        taken.push(span);
        left -= size;
        from += size;
      }
      if (issued.length >= room) break;
    }
    if (taken.length > 0) ({ waiting } = takenFrom(waiting, ChunkSet.of(taken), attempt));
  }
  return issued.length === 0 ? { job, issued } : { job: { ...job, waiting, leases: [...job.leases, ...issued] }, issued };
}

function computeLease({ submit }: JobState, { id, span, attempt, suspect }: OutstandingLease): ComputeLease {
  return {
    v: 1,
    type: 'ComputeLease',
    job_id: submit.job_id,
    tenant: submit.tenant,
    lease: id,
    kind: submit.kind,
    lane: submit.lane,
    params: submit.params,
    ...timeLimitsOf(submit),
    ...(submit.input && { input: submit.input }),
    ...(submit.output && { output: submit.output }),
    task: { op: 'compute', begin: span[0], end: span[1], total: submit.chunks, attempt },
    ...(suspect && { suspect }),
  };
}
