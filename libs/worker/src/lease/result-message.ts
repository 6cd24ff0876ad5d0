/** Builds the result of a lease. Pure. The partial is JSON text already and goes in untouched. */
import {
  type ComputeLease,
  encode,
  isManyhandsError,
  type LeaseComputed,
  type LeaseFailed,
  type LeaseSubject,
  limits,
  type StoredRef,
  type WireError,
} from '@manyhands/proto';
import type { RunLeft } from '../slot/slot-messages.ts';

const encoder = new TextEncoder();

/** Who ran the lease, and in which hand-over. */
export interface Runner {
  worker: string;
  slot: number;
  delivery: number;
}

/** What a lease left; its bytes are `stored` by now. */
export type ComputedSpan = Omit<RunLeft, 'bytes'> & { stored?: StoredRef };

/** `LeaseComputed`, or `LeaseFailed` when the message would be too large. */
export function computedMessage(lease: ComputeLease, runner: Runner, computed: ComputedSpan): Uint8Array {
  const head = JSON.stringify({
    ...headOf('LeaseComputed', lease, runner),
    failed: computed.failed,
    ...leftOf(lease, computed),
    ...linesOf(computed),
    compute_ms: rounded(computed.computeMs),
    ...(computed.pacedMs !== undefined && { paced_ms: rounded(computed.pacedMs) }),
    ...(computed.mergeMs !== undefined && { merge_ms: rounded(computed.mergeMs) }),
  });
  const text = computed.partial === undefined ? head : `${head.slice(0, -1)},"partial":${computed.partial}}`;
  const bytes = encoder.encode(text);
  if (bytes.length <= limits.messageBytesMax) return bytes;
  return failedMessage(lease, runner, {
    code: 'too_large',
    message: `the result has ${bytes.length} bytes; at most ${limits.messageBytesMax} can be sent`,
    retryable: isDivisible(lease),
  });
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** For a result that the server will never take: it may take those of parts of the lease. */
export function refusedError(lease: ComputeLease, error: unknown): WireError {
  const message = `the server does not take the result: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500);
  return isManyhandsError(error, 'too_large')
    ? { code: 'too_large', message, retryable: isDivisible(lease) }
    : { code: 'unavailable', message, retryable: true };
}

/** Whether a lease that failed as a whole is tried in halves. */
function isDivisible({ task }: ComputeLease): boolean {
  return task.op === 'compute' && task.end - task.begin > 1;
}

export function failedMessage(lease: ComputeLease, runner: Runner, error: WireError): Uint8Array {
  return encode({ ...headOf('LeaseFailed', lease, runner), error } satisfies LeaseFailed);
}

/**
 * The result of a lease whose thread ended `done` chunks into it: the chunk it was at has failed, and the others go back, also those before it,
 * whose partial died with the thread. `LeaseFailed` when no single chunk is to blame: a merge, or after the last chunk.
 */
export function interruptedMessage(lease: ComputeLease, runner: Runner, done: number, error: WireError): Uint8Array {
  const { task } = lease;
  if (task.op === 'merge' || task.begin + done >= task.end) return failedMessage(lease, runner, error);
  const chunk = task.begin + done;
  const left = (
    [
      [task.begin, chunk],
      [chunk + 1, task.end],
    ] as [number, number][]
  ).filter(([begin, end]) => begin < end);
  return encode({
    ...headOf('LeaseComputed', lease, runner),
    failed: [{ chunk, error }],
    left,
    compute_ms: 0,
  } satisfies LeaseComputed);
}

function linesOf({ text, stored, segments }: ComputedSpan): Pick<LeaseComputed, 'text' | 'stored' | 'segments'> {
  return { ...(text !== undefined && { text }), ...(stored && { stored }), ...(segments && { segments }) };
}

/** What goes back of a lease that was not computed to its end. */
function leftOf({ task }: ComputeLease, { leftFrom }: ComputedSpan): Pick<LeaseComputed, 'left'> {
  return leftFrom === undefined || task.op === 'merge' ? {} : { left: [[leftFrom, task.end]] };
}

export function crashError(reason: string): WireError {
  return {
    code: 'worker_lost',
    message: `its thread or process ended while it computed this: ${reason}`.slice(0, 500),
    retryable: true,
  };
}

export function overranError({ hardLimitMs }: { hardLimitMs: number }): WireError {
  return {
    code: 'time_limit',
    message: `ran longer than its hard limit of ${hardLimitMs / 1000} s and was ended`,
    retryable: true,
  };
}

export function lostError(delivery: number): WireError {
  return {
    code: 'worker_lost',
    message: `the worker or its thread died in each of ${delivery - 1} deliveries of this lease`,
    retryable: true,
  };
}

function headOf<Type extends string>(type: Type, lease: ComputeLease, runner: Runner) {
  return { v: 1 as const, type, job_id: lease.job_id, lease: lease.lease, about: subjectOf(lease), ...runner };
}

/** What the lease was about, without the bytes it carried. */
function subjectOf({ task }: ComputeLease): LeaseSubject {
  if (task.op === 'merge') return { op: 'merge', inputs: task.inputs.map((input) => input.id), attempt: task.attempt };
  return { op: 'compute', begin: task.begin, end: task.end, attempt: task.attempt };
}
