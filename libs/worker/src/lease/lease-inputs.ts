/**
 * Fetches what a lease names and does not carry: the records or parts of an input that its chunks are cut from, and what a merge joins.
 *
 * Invariant: only what the lease needs is fetched, as bytes of its own that can be given to a slot for good. What could not be fetched because the server is
 * away is fetched when it is there again; what is not stored any more fails the lease with `input_lost`.
 */
import {
  type ComputeLease,
  type InputRef,
  isManyhandsError,
  type MergeInput,
  runOf,
  type StoredRef,
  type WireError,
} from '@manyhands/proto';
import type { SlotInput, SlotTask } from '../slot/slot-messages.ts';
import type { InputParts, InputPlan, RecordPart } from './input-parts.ts';
import { pause } from './pause.ts';

export type Fetched =
  /** `end`: of the task that the slot gets, where that is not all of the lease. */
  | { is: 'fetched'; task: SlotTask; end?: number }
  /** A merge of lines: they follow each other, and no slot is needed. */
  | { is: 'joined'; lines: Uint8Array<ArrayBuffer> }
  | { is: 'failed'; error: WireError };

/** Reads what runs of a job have stored. Throws `not_found` when it is not stored any more. */
export type ReadStored = (tenant: string, jobId: string, ref: StoredRef) => Promise<Uint8Array<ArrayBuffer>>;

export interface LeaseInputsOptions {
  parts: InputParts;
  readStored: ReadStored;
  /** Bytes of an input that a slot gets at once; the chunks that do not fit go back. Only tests change it. */
  bytesMax?: number;
  /** Milliseconds between tries. Only tests change it. */
  againMs?: number;
}

const BYTES_MAX = 64 * 1024 ** 2;
const AGAIN_MS = 500;

export class LeaseInputs {
  readonly #parts: InputParts;
  readonly #readStored: ReadStored;
  readonly #bytesMax: number;
  readonly #againMs: number;

  constructor({ parts, readStored, bytesMax = BYTES_MAX, againMs = AGAIN_MS }: LeaseInputsOptions) {
    this.#parts = parts;
    this.#readStored = readStored;
    this.#bytesMax = bytesMax;
    this.#againMs = againMs;
  }

  /** Never throws. Undefined once `signal` has aborted. */
  async fetch(lease: ComputeLease, signal: AbortSignal): Promise<Fetched | undefined> {
    for (;;) {
      try {
        const fetched = await this.#fetch(lease);
        return signal.aborted ? undefined : fetched;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (!isManyhandsError(error, 'unavailable')) return { is: 'failed', error: fetchError(error) };
      }
      await pause(this.#againMs, signal);
      if (signal.aborted) return undefined;
    }
  }

  async #fetch(lease: ComputeLease): Promise<Fetched> {
    const { task, input, tenant, job_id: jobId, output } = lease;
    if (task.op === 'merge') {
      const bytesOf = async ({ id, stored, text }: MergeInput): Promise<Uint8Array<ArrayBuffer>> => {
        if (stored) return this.#readStored(tenant, jobId, stored);
        if (text === undefined) throw new Error(`the lines of ${id} are neither in the lease nor stored`);
        return new TextEncoder().encode(text);
      };
      if (output === 'lines') return { is: 'joined', lines: joined(await inTurn(task.inputs, bytesOf)) };
      const partials = await inTurn(task.inputs, async (one) => (one.stored ? bytesOf(one) : one.partial));
      return { is: 'fetched', task: mergeTask(task, partials) };
    }
    if (!input) return { is: 'fetched', task: computeTask(lease) };
    const plan = await this.#parts.plan(tenant, input.id);
    const cut = input.by === 'part' ? await this.#wholeParts(lease, input) : await this.#records(lease, input, plan);
    if (cut.end === task.begin) return { is: 'failed', error: tooLarge(task, this.#bytesMax) };
    const whole = computeTask(lease, cut.input);
    return cut.end === task.end
      ? { is: 'fetched', task: whole }
      : { is: 'fetched', task: { ...whole, end: cut.end }, end: cut.end };
  }

  async #wholeParts({ tenant, task }: ComputeLease, { id }: InputRef): Promise<{ input: SlotInput; end: number }> {
    const { begin, end } = task as SpanOf;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk = begin, bytes = 0; chunk < end && bytes < this.#bytesMax; chunk += 1) {
      const piece = await this.#parts.whole(tenant, id, chunk);
      pieces.push(piece);
      bytes += piece.length;
    }
    return { input: { by: 'part', pieces }, end: begin + pieces.length };
  }

  /** `end`: after the last chunk all of whose records fit. */
  async #records(
    { tenant, task }: ComputeLease,
    { batch = 1, records }: InputRef,
    plan: InputPlan,
  ): Promise<{ input: SlotInput; end: number }> {
    const { begin, end } = task as SpanOf;
    const first = begin * batch;
    const last = Math.min(end * batch, records, plan.firsts.at(-1)!);
    const stretches: { part: RecordPart; from: number; to: number; begin: number }[] = [];
    let at = first;
    let bytes = 0;
    for (let index = partOf(plan, first); at < last && index < plan.record.parts.length; index += 1) {
      const part = await this.#parts.part(tenant, plan, index);
      const origin = plan.firsts[index]!;
      const from = at - origin;
      let to = Math.min(last, plan.firsts[index + 1]!) - origin;
      while (to > from && bytes + part.begin(to) - part.begin(from) > this.#bytesMax) to -= 1;
      bytes += part.begin(to) - part.begin(from);
      if (to > from) stretches.push({ part, from, to, begin: at });
      at = origin + to;
      if (at < Math.min(last, plan.firsts[index + 1]!)) break;
    }
    const chunkEnd = at === last ? end : begin + Math.floor((at - first) / batch);
    const recordEnd = Math.min(at, chunkEnd * batch);
    const pieces = stretches.map(({ part, from, to, begin: origin }) => {
      const kept = Math.max(from, Math.min(to, from + recordEnd - origin));
      return part.bytes.subarray(part.begin(from), part.begin(kept));
    });
    const form = { ...(batch > 1 && { batch }), ...(plan.record.form === 'csv' && { areRows: true as const }) };
    return { input: { by: 'record', pieces: [joined(pieces)], ...form }, end: chunkEnd };
  }
}

type MergeOf = Extract<ComputeLease['task'], { op: 'merge' }>;
type SpanOf = Extract<ComputeLease['task'], { op: 'compute' }>;

/** Whether a lease names something that it does not carry, or is done without a slot. */
export function needsFetching({ task, input, output }: ComputeLease): boolean {
  return task.op === 'compute' ? input !== undefined : output === 'lines' || task.inputs.some(({ stored }) => stored);
}

/** Of a lease that carries all it needs. */
export function fetchedAlready(lease: ComputeLease): Fetched & { is: 'fetched' } {
  const { task } = lease;
  return {
    is: 'fetched',
    task:
      task.op === 'compute'
        ? computeTask(lease)
        : mergeTask(
            task,
            task.inputs.map(({ partial }) => partial),
          ),
  };
}

function mergeTask({ last }: MergeOf, partials: readonly unknown[]): SlotTask {
  return { op: 'merge', partials, ...(last && { last }) };
}

/** What a slot is to compute, with what was fetched for it. */
function computeTask({ task, job_id: jobId, output }: ComputeLease, input?: SlotInput): SlotTask & { op: 'compute' } {
  const { begin, end, total, attempt } = task as SpanOf;
  const run = runOf(attempt) + 1;
  return { op: 'compute', begin, end, total, attempt: run, jobId, ...(output && { output }), ...(input && { input }) };
}

/** The part that a record is in. */
function partOf({ firsts }: InputPlan, record: number): number {
  let low = 0;
  let high = firsts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (firsts[middle]! <= record) low = middle;
    else high = middle;
  }
  return low;
}

/** One after the other: of large ones only so much is on its way at once. */
async function inTurn<One, Made>(all: readonly One[], make: (one: One) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (const one of all) made.push(await make(one));
  return made;
}

/** Lines in one piece, each ended. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const isOpen = (piece: Uint8Array): boolean => piece.length > 0 && piece.at(-1) !== LINE_BREAK;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length + (isOpen(piece) ? 1 : 0), 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
    if (isOpen(piece)) whole[at++] = LINE_BREAK;
  }
  return whole;
}

const LINE_BREAK = 0x0a;

function tooLarge({ begin, end }: SpanOf, bytesMax: number): WireError {
  return {
    code: 'too_large',
    message: `the items of chunk ${begin} have more than ${bytesMax / 1024 ** 2} MiB; take fewer in a batch`,
    retryable: end - begin > 1,
  };
}

function fetchError(error: unknown): WireError {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  const isGone = isManyhandsError(error, 'input_lost') || isManyhandsError(error, 'not_found');
  return isGone ? { code: 'input_lost', message, retryable: false } : { code: 'unavailable', message, retryable: true };
}
