/**
 * Which partials go together into one merge.
 *
 *   merged in any order   the smallest first, so that whatever can share a lease does
 *   ordered               neighbours. Dead chunks between two are bridged when no chunk is left, or too many are held
 *   lines                 neighbours, of which one is small. A gap is never bridged: it is where the lines of a requeue come
 *
 * Invariant: a group with an order is of neighbours, in it; every group fits into one lease.
 */
import { limits } from '@manyhands/proto';
import { inlineBytes, type HeldPartial } from './held.ts';
import { lengthOf } from './spans.ts';
import { pendingCount, type JobState } from './state.ts';

/** Partials a job holds before it computes no more until some are merged. */
export const HELD_MAX = 2_048;
/** Two partials travel together up to this, even where a larger group would not: a message less its params and head. */
export const PAIR_BYTES_MAX = limits.messageBytesMax - limits.paramsBytesMax - 64 * 1024;
/** Lines of so many bytes are small: what is larger is only joined with what is not. */
const SMALL_BYTES = limits.partBytesMax;
/** A text of lines is written as JSON, where each quote takes two. */
const TEXT_GROWTH = 2;

/** What a group is so far. */
interface Load {
  count: number;
  /** That travel in the lease. */
  inline: number;
  bytes: number;
}

const NOTHING: Load = { count: 0, inline: 0, bytes: 0 };

/** Those of `isFree` in groups, some of one. */
export function groupsOf(job: JobState, isFree: (partial: HeldPartial) => boolean): HeldPartial[][] {
  const partials = job.partials.filter(isFree);
  return job.submit.output === undefined
    ? grouped(
        partials.sort((one, other) => one.bytes - other.bytes),
        () => true,
        fitsMerge,
      )
    : grouped(partials, neighboursOf(job), job.submit.output === 'ordered' ? fitsMerge : fitsRun(pendingCount(job) === 0));
}

/** Whether any two that may be merged fit into one lease. */
export function anyTwoFit(job: JobState): boolean {
  if (job.submit.output !== undefined) return groupsOf(job, () => true).some((group) => group.length > 1);
  const [least, next] = leastTwo(job.partials);
  return least !== undefined && next !== undefined && fitsMerge(withNext(NOTHING, least), next);
}

/** A group worth a lease of its own before the end: it reached the count, or is at least half full while others needed a group of their own. */
export function isFull(group: readonly HeldPartial[], { partials, submit: { output } }: JobState): boolean {
  const { count, inline, bytes } = group.reduce(withNext, NOTHING);
  if (count === limits.mergeInputCountMax) return true;
  if (output === 'lines') return inline * TEXT_GROWTH >= limits.mergeInputBytesMax / 2 || bytes >= limits.linesRunBytesMax / 2;
  return partials.length > count && (inline >= limits.mergeInputBytesMax / 2 || bytes >= limits.storedPartialBytesMax / 2);
}

/** Whether nothing but dead chunks is between them, and of lines not even these, and they were merged in their order. */
export function areNeighbours(
  { submit: { output }, done, dead }: JobState,
  held: readonly HeldPartial[],
  inputs: readonly string[],
): boolean {
  if (output === undefined) return true;
  const spans = held.map(({ span }) => span!);
  const [first, last] = [spans[0]!, spans.at(-1)!];
  if (!held.every(({ id }, at) => id === inputs[at])) return false;
  if (output === 'lines') return spans.every(([begin], at) => at === 0 || begin === spans[at - 1]![1]);
  const whole = [first[0], last[1]] as const;
  const counted = done.countIn(whole);
  return (
    counted === spans.reduce((sum, span) => sum + done.countIn(span), 0) && counted + dead.countIn(whole) === lengthOf(whole)
  );
}

function grouped(
  partials: readonly HeldPartial[],
  areNeighbours: (one: HeldPartial, other: HeldPartial) => boolean,
  fits: (load: Load, next: HeldPartial) => boolean,
): HeldPartial[][] {
  const groups: HeldPartial[][] = [];
  let load = NOTHING;
  for (const partial of partials) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (group !== undefined && before !== undefined && areNeighbours(before, partial) && fits(load, partial)) group.push(partial);
    else {
      groups.push([partial]);
      load = NOTHING;
    }
    load = withNext(load, partial);
  }
  return groups;
}

function withNext({ count, inline, bytes }: Load, next: HeldPartial): Load {
  return { count: count + 1, inline: inline + inlineBytes(next), bytes: bytes + next.bytes };
}

function neighboursOf(job: JobState): (one: HeldPartial, other: HeldPartial) => boolean {
  const bridges = job.submit.output === 'ordered' && (pendingCount(job) === 0 || job.partials.length > HELD_MAX);
  return ({ span: one }, { span: other }) => {
    if (one === undefined || other === undefined) return false;
    const gap = other[0] - one[1];
    return gap === 0 || (bridges && gap > 0 && job.dead.countIn([one[1], other[0]]) === gap);
  };
}

function fitsMerge({ count, inline, bytes }: Load, next: HeldPartial): boolean {
  const inlined = inline + inlineBytes(next);
  return (
    count < limits.mergeInputCountMax &&
    bytes + next.bytes <= limits.storedPartialBytesMax &&
    (inlined <= limits.mergeInputBytesMax || (count === 1 && inlined <= PAIR_BYTES_MAX))
  );
}

/** While chunks are computed only small runs are joined: with a large one all of it would be written again for each small neighbour. */
function fitsRun(isLast: boolean): (load: Load, next: HeldPartial) => boolean {
  return ({ count, inline, bytes }, next) => {
    const [isSmall, isNextSmall] = [bytes < SMALL_BYTES, next.bytes < SMALL_BYTES];
    return (
      count < limits.mergeInputCountMax &&
      bytes + next.bytes <= limits.linesRunBytesMax &&
      (inline + inlineBytes(next)) * TEXT_GROWTH <= limits.mergeInputBytesMax &&
      (isLast ? isSmall || isNextSmall : isNextSmall && (count > 1 || isSmall))
    );
  };
}

function leastTwo(partials: readonly HeldPartial[]): [HeldPartial | undefined, HeldPartial | undefined] {
  let [least, next]: [HeldPartial | undefined, HeldPartial | undefined] = [undefined, undefined];
  for (const partial of partials) {
    if (least === undefined || partial.bytes < least.bytes) [least, next] = [partial, least];
    else if (next === undefined || partial.bytes < next.bytes) next = partial;
  }
  return [least, next];
}
