/**
 * Which partials to hand out for merging. The coordinator never merges: it would run user code.
 *
 * While chunks are still being computed only full merges leave (as many partials, or bytes, as one lease takes), which bounds what a
 * job holds. When no chunk is left, everything is merged, in a tree, until one partial remains: the result.
 *
 * Invariant: a partial is in at most one outstanding merge.
 */
import { JsonText, limits, mergeLeaseId, ROUND_ATTEMPTS, timeLimitsOf, type ComputeLease } from '@manyhands/proto';
import { pendingCount, type HeldPartial, type JobState, type OutstandingMerge } from './state.ts';

/** Partials a job holds, and their bytes, before it computes no more until some are merged. */
export const HELD_MAX = 2_048;
const HELD_BYTES_MAX = 32 * 1024 ** 2;
/** Bytes of partials that leave in one turn. */
const TURN_BYTES_MAX = 8 * 1024 ** 2;
/** Two partials travel together up to this, even where a larger group would not: a message less its params and head. */
const PAIR_BYTES_MAX = limits.messageBytesMax - limits.paramsBytesMax - 64 * 1024;
/** So many partials of more than half of that are too many, whatever else there is to merge them with. */
const LARGE_MAX = 8;

export function planMerges(job: JobState): { job: JobState; issued: readonly ComputeLease[] } {
  const isLast = pendingCount(job) === 0;
  if (!isLast && fitIntoOne(job)) return { job, issued: [] };
  const free = freePartials(job);
  const groups = firstOf(groupsOf(free).filter((group) => group.length > 1 && (isLast || isFull(group, free))));
  if (groups.length === 0) return { job, issued: [] };
  const merges = groups.map((group) => mergeOf(job, group));
  const issued = groups.map((group, index) => mergeLease(job, group, merges[index]!));
  return { job: { ...job, merges: [...job.merges, ...merges] }, issued };
}

/** Too many partials wait to be merged: more of them would only fill the memory. Merges of them are out, or will be when their time has come. */
export function holdsTooMuch({ partials }: JobState): boolean {
  return partials.length > HELD_MAX || bytesOf(partials) > HELD_BYTES_MAX;
}

/**
 * True when the partials of a job will never become one. When no chunk is left: no two of them fit into one message. Before that: each of them is larger
 * than half a message, or so many are that merging them with small ones cannot help. What a merge makes of a large partial is hardly ever small; a
 * job that is wrong about that ends early, instead of after all its chunks.
 */
export function isUnmergeable(job: JobState): boolean {
  if (job.partials.length < 2) return false;
  return areHopeless(job.partials) || (pendingCount(job) === 0 && job.merges.length === 0 && !anyTwoFit(job.partials));
}

/** Whether a requeue has to compute these partials again, since nothing can be made of them. */
export function areHopeless(partials: readonly HeldPartial[]): boolean {
  const large = partials.filter(({ bytes }) => bytes > PAIR_BYTES_MAX / 2).length;
  return large > 1 && (large === partials.length || large >= LARGE_MAX);
}

function anyTwoFit(partials: readonly HeldPartial[]): boolean {
  let [least, next] = [Infinity, Infinity];
  for (const { bytes } of partials) {
    if (bytes < least) [least, next] = [bytes, least];
    else next = Math.min(next, bytes);
  }
  return least + next <= PAIR_BYTES_MAX;
}

/** As many groups as may leave in one turn, at least one. The answer to the first brings the next turn. */
function firstOf(groups: HeldPartial[][]): HeldPartial[][] {
  let bytes = 0;
  return groups.filter((group, index) => (bytes += bytesOf(group)) <= TURN_BYTES_MAX || index === 0);
}

/** Partials in no outstanding merge, whose time has come if a merge of them failed. */
function freePartials(job: JobState): readonly HeldPartial[] {
  const taken = new Set(job.merges.flatMap((merge) => merge.inputs));
  return job.partials.filter(({ id, notBeforeMs }) => !taken.has(id) && (notBeforeMs === undefined || notBeforeMs <= job.atMs));
}

/** Smallest first, so that whatever can share a message does. */
function groupsOf(partials: readonly HeldPartial[]): HeldPartial[][] {
  const groups: HeldPartial[][] = [];
  let bytes = 0;
  for (const partial of [...partials].sort((one, other) => one.bytes - other.bytes)) {
    const group = groups.at(-1);
    bytes += partial.bytes;
    const fits = group !== undefined && (bytes <= limits.mergeInputBytesMax || (group.length === 1 && bytes <= PAIR_BYTES_MAX));
    if (fits && group.length < limits.mergeInputCountMax) {
      group.push(partial);
    } else {
      groups.push([partial]);
      bytes = partial.bytes;
    }
  }
  return groups;
}

/** Whether the free partials cannot fill a group, seen without looking for them: this is asked after each result. */
function fitIntoOne({ partials, merges }: JobState): boolean {
  const taken = merges.reduce((sum, { inputs }) => sum + inputs.length, 0);
  return partials.length - taken < limits.mergeInputCountMax && bytesOf(partials) <= limits.mergeInputBytesMax;
}

/** A group worth a lease of its own before the end: it reached the count, or is at least half full while others needed a group of their own. */
function isFull(group: readonly HeldPartial[], free: readonly HeldPartial[]): boolean {
  return (
    group.length === limits.mergeInputCountMax || (free.length > group.length && bytesOf(group) >= limits.mergeInputBytesMax / 2)
  );
}

function bytesOf(group: readonly HeldPartial[]): number {
  return group.reduce((sum, partial) => sum + partial.bytes, 0);
}

/** The attempt is the highest of its inputs, a failed merge raised it for each, and of this round: so this id is new, but for one that was lost. */
function mergeOf({ round, lostMerges }: JobState, group: readonly HeldPartial[]): OutstandingMerge {
  const inputs = group.map((partial) => partial.id);
  let attempt = Math.max(round * ROUND_ATTEMPTS, ...group.map((partial) => partial.mergeAttempt));
  while (lostMerges.includes(mergeLeaseId(inputs, attempt))) attempt += 1;
  return { id: mergeLeaseId(inputs, attempt), inputs, attempt };
}

function mergeLease({ submit }: JobState, group: readonly HeldPartial[], merge: OutstandingMerge): ComputeLease {
  return {
    v: 1,
    type: 'ComputeLease',
    job_id: submit.job_id,
    tenant: submit.tenant,
    lease: merge.id,
    kind: submit.kind,
    lane: submit.lane,
    params: submit.params,
    ...timeLimitsOf(submit),
    task: {
      op: 'merge',
      inputs: group.map(({ id, partial }) => ({ id, partial: new JsonText(partial) })),
      attempt: merge.attempt,
    },
  };
}
