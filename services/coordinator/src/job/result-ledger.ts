/**
 * Reads a result in one pass: what it reports of each chunk of its lease, whatever the job makes of that.
 *
 * Invariant: every chunk of the span is in exactly one of `done`, `failed` and `left`, whatever the result reports: chunks outside are passed over, of two
 * errors of a chunk the first counts, and what failed is not left. Chunks without a partial to show for them have failed.
 */
import type { LeaseComputed, WireError } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { overlapOf, type Span } from './spans.ts';

export interface Ledger {
  done: ChunkSet;
  failed: readonly { span: Span; error: WireError }[];
  /** Chunks the worker returned without running them. */
  left: ChunkSet;
  /** How many chunks its time is the time of; 0: nothing is learnt from it, because chunks were ended or never begun. */
  ran: number;
}

const NO_PARTIAL: WireError = { code: 'compute_failed', message: 'the worker sent no partial for its chunks', retryable: true };

export function ledgerOf({ failed: errors, left: returned = [], partial }: LeaseComputed, span: Span): Ledger {
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
  if (done.size === 0) return { done, failed, left, ran: threw === errors.length ? threw : 0 };
  if (partial === undefined) return { done: ChunkSet.NONE, failed: [{ span, error: NO_PARTIAL }], left: ChunkSet.NONE, ran: 0 };
  return { done, failed, left, ran: done.size };
}
