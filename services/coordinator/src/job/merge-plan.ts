/**
 * Which partials to hand out for merging. The coordinator never merges: it would run user code.
 *
 * While chunks are still being computed only full merges leave (as many partials, or bytes, as one lease takes), which bounds what a
 * job holds. When no chunk is left, everything is merged, in a tree, until one partial remains: the result. Lines are joined only where a job would hold very many: each
 * join writes them once more.
 *
 *   all in one group, and the task code has `finish` ──last merge──▶ the answer; the partials stay, for a requeue
 *
 * Invariant: a partial is in at most one outstanding merge.
 */
import {
  JsonText,
  limits,
  mergeLeaseId,
  ROUND_ATTEMPTS,
  timeLimitsOf,
  type ComputeLease,
  type MergeInput,
} from '@manyhands/proto';
import { heuristics } from '../scheduling/heuristics.ts';
import { inlineBytes, type HeldPartial } from './held.ts';
import { anyTwoFit, groupsOf, HELD_MAX, isFull, PAIR_BYTES_MAX } from './merge-groups.ts';
import { pendingCount, type JobState, type OutstandingMerge } from './state.ts';

/** Bytes of partials in the state before a job computes no more until some are merged. */
const HELD_BYTES_MAX = 32 * 1024 ** 2;
/** Bytes of partials that leave in one turn. */
const TURN_BYTES_MAX = 8 * 1024 ** 2;
/** So many partials of more than half of what a lease takes are too many, whatever else there is to merge them with. */
const LARGE_MAX = 8;
/** Stands behind the inputs of the last merge in its id: the same inputs may have been merged before, when more was to come. */
const LAST = 'last';

export function planMerges(job: JobState): { job: JobState; issued: readonly ComputeLease[] } {
  const isLast = pendingCount(job) === 0;
  if (isLast ? isLines(job) && !holdsMany(job) : fitIntoOne(job)) return { job, issued: [] };
  const isFree = freeIn(job);
  const all = groupsOf(job, isFree);
  const answers = isLast && isAnswer(job, all);
  const groups = answers ? all : firstOf(all.filter((group) => group.length > 1 && (isLast || isFull(group, job))));
  if (groups.length === 0) return { job, issued: [] };
  const merges = groups.map((group) => mergeOf(job, group, answers));
  const issued = groups.map((group, index) => mergeLease(job, group, merges[index]!, answers));
  return { job: { ...job, merges: [...job.merges, ...merges] }, issued };
}

/** Whether a merge of this id was to make the answer. */
export function isLastMerge({ id, inputs, attempt }: OutstandingMerge): boolean {
  return id === mergeLeaseId([...inputs, LAST], attempt);
}

/** Whether lines are still to be joined, now or later. */
export function isToBeJoined(job: JobState): boolean {
  return job.merges.length > 0 || (holdsMany(job) && anyTwoFit(job));
}

/**
 * Too many partials wait to be merged: more of them would only fill the memory. Merges of them are out, or will be when their time has come. Neighbours may
 * wait for a chunk between them, so with an order only merges that are out are a reason to wait.
 */
export function holdsTooMuch({ partials, merges, submit: { output } }: JobState): boolean {
  if (output !== undefined && merges.length === 0) return false;
  return partials.length > HELD_MAX || inlineOf(partials) > HELD_BYTES_MAX;
}

/**
 * True when the partials of a job will never become one. When no chunk is left: no two of them fit into one lease. Before that: each of them is larger
 * than half of what a lease takes, or so many are that merging them with small ones cannot help. What a merge makes of a large partial is hardly ever small; a
 * job that is wrong about that ends early, instead of after all its chunks. Lines need not become one.
 */
export function isUnmergeable(job: JobState): boolean {
  if (isLines(job)) return false;
  if (job.partials.length < 2) return false;
  return areHopeless(job) || (pendingCount(job) === 0 && job.merges.length === 0 && !anyTwoFit(job));
}

/** Whether a requeue has to compute the partials of this job again, since nothing can be made of them. */
export function areHopeless(job: JobState): boolean {
  const { partials } = job;
  if (isLines(job)) return false;
  const large = partials.filter(
    (partial) => inlineBytes(partial) > PAIR_BYTES_MAX / 2 || partial.bytes > limits.storedPartialBytesMax / 2,
  ).length;
  return large > 1 && (large === partials.length || large >= LARGE_MAX);
}

function isLines({ submit: { output } }: JobState): boolean {
  return output === 'lines';
}

/** So many runs of lines, or bytes of them in the state, that joining them pays. */
function holdsMany({ partials }: JobState): boolean {
  return partials.length > heuristics.linesRunsMax || inlineOf(partials) > heuristics.linesTextBytesMax;
}

function isAnswer({ submit: { finish }, partials, merges, answer }: JobState, groups: readonly HeldPartial[][]): boolean {
  return (
    finish === true && answer === undefined && merges.length === 0 && groups.length === 1 && groups[0]!.length === partials.length
  );
}

/** As many groups as may leave in one turn, at least one. The answer to the first brings the next turn. */
function firstOf(groups: HeldPartial[][]): HeldPartial[][] {
  let bytes = 0;
  return groups.filter((group, index) => (bytes += inlineOf(group)) <= TURN_BYTES_MAX || index === 0);
}

/** Partials in no outstanding merge, whose time has come if a merge of them failed. */
function freeIn({ merges, atMs }: JobState): (partial: HeldPartial) => boolean {
  const taken = new Set(merges.flatMap((merge) => merge.inputs));
  return ({ id, notBeforeMs }) => !taken.has(id) && (notBeforeMs === undefined || notBeforeMs <= atMs);
}

/** Whether the free partials cannot fill a group, seen without looking for them: this is asked after each result. */
function fitIntoOne(job: JobState): boolean {
  const { partials, merges } = job;
  if (isLines(job)) return !holdsMany(job);
  const taken = merges.reduce((sum, { inputs }) => sum + inputs.length, 0);
  return (
    partials.length - taken < limits.mergeInputCountMax &&
    inlineOf(partials) <= limits.mergeInputBytesMax &&
    partials.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.storedPartialBytesMax
  );
}

function inlineOf(group: readonly HeldPartial[]): number {
  return group.reduce((sum, partial) => sum + inlineBytes(partial), 0);
}

/** The attempt is the highest of its inputs, a failed merge raised it for each, and of this round: so this id is new, but for one that was lost. */
function mergeOf({ round, lostMerges }: JobState, group: readonly HeldPartial[], isLast: boolean): OutstandingMerge {
  const inputs = group.map((partial) => partial.id);
  const named = isLast ? [...inputs, LAST] : inputs;
  let attempt = Math.max(round * ROUND_ATTEMPTS, ...group.map((partial) => partial.mergeAttempt));
  while (lostMerges.includes(mergeLeaseId(named, attempt))) attempt += 1;
  return { id: mergeLeaseId(named, attempt), inputs, attempt };
}

function mergeLease({ submit }: JobState, group: readonly HeldPartial[], merge: OutstandingMerge, isLast: boolean): ComputeLease {
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
    ...(submit.output && { output: submit.output }),
    task: {
      op: 'merge',
      inputs: group.map(inputOf),
      ...(isLast && { last: true }),
      attempt: merge.attempt,
    },
  };
}

function inputOf({ id, partial, text, stored }: HeldPartial): MergeInput {
  return {
    id,
    ...(partial !== undefined && { partial: new JsonText(partial) }),
    ...(text !== undefined && { text }),
    ...(stored && { stored }),
  };
}
