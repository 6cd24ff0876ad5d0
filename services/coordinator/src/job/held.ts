/**
 * What a job holds of what its leases left: opaque, each under an id, and never looked into.
 *
 *   merged in any order: a partial of each lease      ordered: the same, of neighbouring chunks      lines: one of each gapless stretch of a lease
 *
 * Invariant: with an `output` they are in the order of their chunks and no two overlap; of `lines` every chunk between the first and the last of one is
 * done, of `ordered` it is done or was dead when its neighbours were merged.
 */
import type { JobOutput, LeaseComputed, StoredRef } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { lengthOf, type Span } from './spans.ts';

export interface HeldPartial {
  /** Of the lease that left it; of lines the stretch is named too. */
  id: string;
  /** From its first chunk to its last. Absent where partials are merged in any order. */
  span?: Span;
  /** One of three. JSON text. */
  partial?: string;
  /** Lines, each ended. */
  text?: string;
  /** JSON or lines, by the output of the job. */
  stored?: StoredRef;
  /** Of what it stands for, wherever that is. */
  bytes: number;
  /** How many merges of it have failed. */
  mergeAttempt: number;
  /** Not merged before this time, because a merge of it failed. Absent: at once. */
  notBeforeMs?: number;
}

const LINE_END = 10;

type Left = Pick<LeaseComputed, 'lease' | 'partial' | 'stored' | 'text' | 'segments'>;

/** A partial that is a JSON text. */
export function heldPartial(id: string, partial: string, span?: Span): HeldPartial {
  return { id, ...(span && { span }), partial, bytes: Buffer.byteLength(partial), mergeAttempt: 0 };
}

/** What a compute lease left of the chunks `done`; undefined when that is not what a job of this output can use. */
export function heldOf(left: Left, done: ChunkSet, output: JobOutput | undefined): readonly HeldPartial[] | undefined {
  if (output === 'lines') return linesOf(left, done);
  const span = output === 'ordered' && done.spanCount === 1 ? done.first() : undefined;
  if (output === 'ordered' && span === undefined) return undefined;
  const held = partialOf(left, span);
  return held && [held];
}

/** What a merge left of `inputs`. */
export function mergedOf(left: Left, inputs: readonly HeldPartial[], output: JobOutput | undefined): HeldPartial | undefined {
  const [first, last] = [inputs[0]?.span, inputs.at(-1)?.span];
  const span: Span | undefined = first && last && [first[0], last[1]];
  if (output !== 'lines') return partialOf(left, span);
  const whole = runOf(left);
  // Lines are joined, so no byte more or less comes out than went in.
  return whole?.bytes === bytesOf(inputs) ? { id: left.lease, ...(span && { span }), ...whole, mergeAttempt: 0 } : undefined;
}

/** Id of the stretch of lines with this number among those of its lease. */
export function stretchId(lease: string, index: number): string {
  return `${lease}-s${index}`;
}

/** The lease and the number that the id of a stretch of lines states; undefined for any other. */
export function parseStretchId(id: string): { lease: string; index: number } | undefined {
  const [, lease, index] = /^(.+)-s(\d{1,7})$/.exec(id) ?? [];
  return lease === undefined ? undefined : { lease, index: Number(index) };
}

/** The text of one stretch of lines of a result; undefined when it has no such. */
export function stretchText({ text, segments }: Pick<LeaseComputed, 'text' | 'segments'>, index: number): string | undefined {
  const segment = segments?.[index];
  if (text === undefined || segment === undefined) return undefined;
  const from = segments!.slice(0, index).reduce((sum, [, , bytes]) => sum + bytes, 0);
  return Buffer.from(text)
    .subarray(from, from + segment[2])
    .toString();
}

/** All that are held, with these. */
export function withHeld(held: readonly HeldPartial[], added: readonly HeldPartial[]): readonly HeldPartial[] {
  const [first] = added;
  if (first?.span === undefined) return [...held, ...added];
  // Those of one lease lie together mostly: other leases have the chunks in between only where these failed before.
  const end = added.at(-1)!.span![1];
  let from = 0;
  for (let to = held.length; from < to;) {
    const middle = (from + to) >>> 1;
    if (held[middle]!.span![0] < first.span[0]) from = middle + 1;
    else to = middle;
  }
  if ((held[from]?.span?.[0] ?? Infinity) >= end) return held.toSpliced(from, 0, ...added);
  return [...held, ...added].sort((one, other) => one.span![0] - other.span![0]);
}

export function bytesOf(held: readonly HeldPartial[]): number {
  return held.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes that are in the state, and travel in the lease of a merge. */
export function inlineBytes({ stored, bytes }: HeldPartial): number {
  return stored === undefined ? bytes : 0;
}

function partialOf({ lease, partial, stored }: Left, span: Span | undefined): HeldPartial | undefined {
  if (partial !== undefined) return heldPartial(lease, partial.text, span);
  return stored && { id: lease, ...(span && { span }), stored, bytes: stored.bytes, mergeAttempt: 0 };
}

function runOf({ text, stored }: Left): Pick<HeldPartial, 'text' | 'stored' | 'bytes'> | undefined {
  if (text !== undefined) return { text, bytes: Buffer.byteLength(text) };
  return stored && { stored, bytes: stored.bytes };
}

function linesOf(left: Left, done: ChunkSet): readonly HeldPartial[] | undefined {
  const { lease, segments = [] } = left;
  const whole = runOf(left);
  const spans = segments.map(([begin, end]): Span => [begin, end]);
  const isInOrder = spans.every(([begin, end], at) => begin < end && begin >= (spans[at - 1]?.[1] ?? 0));
  if (whole === undefined || !isInOrder || segments.reduce((sum, [, , bytes]) => sum + bytes, 0) !== whole.bytes)
    return undefined;
  if (spans.reduce((sum, span) => sum + lengthOf(span), 0) !== done.size || ChunkSet.of(spans).minus(done).size > 0)
    return undefined;
  const bytes = whole.text === undefined ? undefined : Buffer.from(whole.text);
  let from = 0;
  // A text that were cut inside a character would come back changed.
  if (bytes && segments.some(([, , length]) => bytes[(from += length) - 1] !== LINE_END)) return undefined;
  from = 0;
  return segments.map(([, , length], index) => {
    const at = from;
    from += length;
    const content = bytes
      ? { text: bytes.subarray(at, at + length).toString() }
      : { stored: { ...whole.stored!, from: whole.stored!.from + at, bytes: length } };
    return { id: stretchId(lease, index), span: spans[index]!, ...content, bytes: length, mergeAttempt: 0 };
  });
}
