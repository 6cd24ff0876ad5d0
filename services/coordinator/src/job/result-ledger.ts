/**
 * Reads a result in one pass: what it reports of each chunk of its lease, whatever the job makes of that.
 *
 * Invariant: every chunk of the span is in exactly one of `done`, `failed` and `left`, whatever the result reports: chunks outside are passed over, of two
 * errors of a chunk the first counts, and what failed is not left. Chunks without a partial to show for them, or with one that the job's output has no use for, have failed.
 */
import type { JobOutput, LeaseComputed, WireError } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { heldOf, type HeldPartial } from './held.ts';
import { overlapOf, type Span } from './spans.ts';

export interface Ledger {
  done: ChunkSet;
  /** What stands for them. */
  held: readonly HeldPartial[];
  failed: readonly { span: Span; error: WireError }[];
  /** Chunks the worker returned without running them. */
  left: ChunkSet;
  /** How many chunks its time is the time of; 0: nothing is learnt from it, because chunks were ended or never begun. */
  ran: number;
}

const NO_PARTIAL: WireError = {
  code: 'compute_failed',
  message: 'the worker sent no partial for its chunks, or one of other chunks',
  retryable: true,
};

export function ledgerOf(result: LeaseComputed, span: Span, output?: JobOutput): Ledger {
  const { failed: errors, left: returned = [] } = result;
  const [begin, end] = span;
  const byChunk = new Map<number, WireError>();
  let threw = 0;
  for (const { chunk, error } of errors) {
    if (error.code.startsWith('compute_')) threw += 1;
    if (chunk >= begin && chunk < end && !byChunk.has(chunk)) byChunk.set(chunk, error);
  }
  const failed = [...byChunk].map(([chunk, error]) => ({ span: [chunk, chunk + 1] as const, error }));
  const failing = ChunkSet.of(failed.map((part) => part.span));
  const left = ChunkSet.of(returned.map((part) => overlapOf(part, span)).filter((part) => part !== undefined)).minus(failing);
  const done = ChunkSet.ofSpan(span).minus(failing).minus(left);
  if (done.size === 0) return { done, held: [], failed, left, ran: threw === errors.length ? threw : 0 };
  const held = heldOf(result, done, output);
  if (held === undefined)
    return { done: ChunkSet.NONE, held: [], failed: [{ span, error: NO_PARTIAL }], left: ChunkSet.NONE, ran: 0 };
  return { done, held, failed, left, ran: done.size };
}
