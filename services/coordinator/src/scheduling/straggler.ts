/**
 * Leases a straggler's span a second time: near the end of a job one slow, frozen or dead worker would hold up everything. And of leases on the same chunks,
 * also of an owner before, names those that an answer makes needless.
 *
 *   leased ──late, slots free──▶ leased twice ──first result──▶ done, the other is cancelled
 *
 * The copy is the same work under another id, so the fold needs no rule for it: whichever result comes first covers the span, the other overlaps
 * what is done and does not count. A second run is no retry: its attempt is the same.
 *
 * Invariant: a span has one copy at most; copies go only to slots of the job's share that nothing else of it needs; leases that are over in no
 * time have none, nor have those of a job that waits for turns under a rate: a copy would take turns from the others, and ask the same of a service twice.
 */
import { copyLeaseId, type LeaseResult } from '@manyhands/proto';
import { heuristics } from './heuristics.ts';
import { leaseMs } from './lease-size.ts';
import type { Share } from './share.ts';
import { lengthOf, type Span } from '../job/spans.ts';
import type { JobState, OutstandingLease } from '../job/state.ts';

/** Stragglers that shall be leased again now, the latest first; `copied` in the job. */
export function withCopies(job: JobState, slots: number, share: Share): { job: JobState; copied: readonly OutstandingLease[] } {
  const late = candidates(job, slots, share).filter((lease) => lateAtMs(job, lease) <= job.atMs);
  if (late.length === 0) return { job, copied: [] };
  const chosen = late.sort((one, other) => lateAtMs(job, one) - lateAtMs(job, other)).slice(0, freeSlots(job, slots, share));
  const isChosen = new Set(chosen);
  const leases = job.leases.map((lease) => (isChosen.has(lease) ? { ...lease, copied: true as const } : lease));
  return { job: { ...job, leases }, copied: chosen.map((lease) => ({ ...lease, id: copyLeaseId(lease.id) })) };
}

/** When the next lease will be late; infinite when none can have a copy. */
export function nextLateAtMs(job: JobState, slots: number, share: Share): number {
  return Math.min(Infinity, ...candidates(job, slots, share).map((lease) => lateAtMs(job, lease)));
}

/**
 * The leases that are not needed any more, because `result` settled chunks of theirs: the other one on its own span, and those that another owner of the job cut in
 * another way. An owner that takes over plans what it does not know to be answered, so without this it has whole windows computed twice, also after the end.
 *
 * Invariant: no lease with such an id is handed out again in the round, since chunks that are done or dead stay that.
 */
export function losersOf(before: JobState, after: JobState, { lease: answered }: Pick<LeaseResult, 'lease'>): string[] {
  if (before.leases === after.leases) return [];
  // Leases keep their order, so most of those that are kept are found at once: this is asked after each result.
  const gone: OutstandingLease[] = [];
  let at = 0;
  for (const lease of before.leases) {
    if (after.leases[at]?.id === lease.id) at += 1;
    else gone.push(lease);
  }
  return gone.flatMap(({ id, span, copied }) => {
    const ids = copied ? [id, copyLeaseId(id)] : [id];
    const others = ids.filter((each) => each !== answered);
    if (others.length === 0 || after.leases.some((lease) => lease.id === id)) return [];
    return others.length < ids.length || isSettled(after, span) ? others : [];
  });
}

/** Whether the answer of a lease on this span could not count any more: some of its chunks are done, or dead. */
export function isSettled({ done, dead }: Pick<JobState, 'done' | 'dead'>, span: Span): boolean {
  return done.touches(span) || dead.touches(span);
}

/** Leases that may have a copy, now or later: of a job of which nothing waits for a slot or for a rate, and which does not need all of its share. */
function candidates(job: JobState, slots: number, share: Share): OutstandingLease[] {
  const { pace, waiting, atMs } = job;
  if (pace.msPerChunk === null || waiting.some(({ notBeforeMs = 0 }) => notBeforeMs <= atMs)) return [];
  if ((job.timing?.busy.pacing ?? 0) > 0 || freeSlots(job, slots, share) < 1) return [];
  return job.leases.filter((lease) => !lease.copied && (leaseMs(pace, lengthOf(lease.span)) ?? 0) >= heuristics.copyFloorMs);
}

function freeSlots({ leases, merges, submit }: JobState, slots: number, { part }: Share): number {
  const computing = leasesOut(leases);
  return Math.min(Math.floor(slots * part) - merges.length, submit.at_once ?? Infinity) - computing;
}

/** Leases that compute, the second ones too. */
export function leasesOut(leases: readonly OutstandingLease[]): number {
  return leases.length + leases.filter(({ copied }) => copied).length;
}

function lateAtMs({ pace }: JobState, { sinceMs = Infinity, span }: OutstandingLease): number {
  return Math.ceil(sinceMs + heuristics.graceMs + heuristics.lateFactor * (leaseMs(pace, lengthOf(span)) ?? 0));
}
