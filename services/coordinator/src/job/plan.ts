/**
 * Which leases to hand out next.
 *
 * Only a window of leases is outstanding per job (see `share.ts`), refilled as results arrive. So a huge job
 * cannot bury a small one, a cancel finds little to stop, and memory stays flat.
 *
 * Always true: a planned lease covers chunks that waited and that no other lease covers; an id whose one result is spent is
 * never planned again (its result subject is taken, so nobody could answer it).
 */
import { computeLeaseId, runOf, timeLimitsOf, type ComputeLease } from '@manyhands/proto';
import { leaseSize } from './lease-size.ts';
import { planMerges } from './merge-plan.ts';
import { ALONE, isYoung, windowOf, type Share } from './share.ts';
import { countOf, lengthOf, type Span } from './spans.ts';
import { withCopies } from './straggler.ts';
import { moved, type JobState, type OutstandingLease, type WaitingSpan } from './state.ts';

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
  const issued = leases.length > 0 && isYoung(job, slots, share) ? leases.map((lease) => ({ ...lease, young: true as const })) : leases;
  return { job: issued.length > 0 && job.status === 'pending' ? moved(merging.job, 'running') : merging.job, issued };
}

function filledWindow(job: JobState, slots: number, share: Share, chunksMax: number): { job: JobState; issued: OutstandingLease[] } {
  const room = windowOf(job, slots, share, chunksMax) - job.leases.length - job.merges.length;
  const issued: OutstandingLease[] = [];
  if (room <= 0) return { job, issued };
  const [waiting, later] = dueAndLater(job);
  let left = countOf(waiting.map((one) => one.span));
  while (issued.length < room) {
    const next = waiting.shift();
    if (next === undefined) break;
    const size = runOf(next.attempt) > 0 ? 1 : Math.min(lengthOf(next.span), leaseSize(job.pace, left, slots), chunksMax);
    const lease = leaseOf(job, next.span[0], next.attempt, size);
    issued.push(lease);
    left -= lengthOf(lease.span);
    if (lease.span[1] < next.span[1]) waiting.unshift({ ...next, span: [lease.span[1], next.span[1]] });
  }
  if (issued.length === 0) return { job, issued };
  return { job: { ...job, waiting: later.length > 0 ? [...waiting, ...later] : waiting, leases: [...job.leases, ...issued] }, issued };
}

/** What may be leased now, and what is to wait for its time. */
function dueAndLater(job: JobState): [WaitingSpan[], WaitingSpan[]] {
  const isLater = ({ notBeforeMs }: WaitingSpan): boolean => notBeforeMs !== undefined && notBeforeMs > job.atMs;
  if (!job.waiting.some(isLater)) return [[...job.waiting], []];
  return [job.waiting.filter((one) => !isLater(one)), job.waiting.filter(isLater)];
}

/** The lease on `size` chunks from `begin`, or on fewer when that id is spent. One chunk is never spent: its retries raise the attempt. */
function leaseOf(job: JobState, begin: number, attempt: number, size: number): OutstandingLease {
  let span: Span = [begin, begin + size];
  while (job.spent.includes(computeLeaseId(...span, attempt))) span = [begin, span[1] - 1];
  return { id: computeLeaseId(...span, attempt), span, attempt, sinceMs: job.atMs };
}

function computeLease({ submit }: JobState, { id, span, attempt }: OutstandingLease): ComputeLease {
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
    task: { op: 'compute', begin: span[0], end: span[1], total: submit.chunks, attempt },
  };
}
