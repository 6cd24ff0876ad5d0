/** Builds the result of a lease. Pure. The partial is JSON text already and goes in untouched. */
import { type ComputeLease, encode, type LeaseFailed, type LeaseSubject, limits, type WireError } from '@manyhands/proto';
import type { ChunkFailure } from '../slot/slot-messages.ts';

/** Who ran the lease, and in which hand-over. */
export interface Runner {
  worker: string;
  slot: number;
  delivery: number;
}

export interface ComputedSpan {
  partial?: string;
  failed: ChunkFailure[];
  computeMs: number;
}

/** `LeaseComputed`, or `LeaseFailed` when a merge failed or the message would be too large. */
export function computedMessage(lease: ComputeLease, runner: Runner, computed: ComputedSpan): Uint8Array {
  const head = JSON.stringify({
    ...headOf('LeaseComputed', lease, runner),
    failed: computed.failed,
    compute_ms: Math.round(computed.computeMs * 1000) / 1000,
  });
  const text = computed.partial === undefined ? head : `${head.slice(0, -1)},"partial":${computed.partial}}`;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limits.messageBytesMax) return bytes;
  return failedMessage(lease, runner, { code: 'too_large', message: `the result has ${bytes.length} bytes; at most ${limits.messageBytesMax} can be sent`, retryable: true });
}

export function failedMessage(lease: ComputeLease, runner: Runner, error: WireError): Uint8Array {
  return encode({ ...headOf('LeaseFailed', lease, runner), error } satisfies LeaseFailed);
}

export function lostError(delivery: number): WireError {
  return { code: 'worker_lost', message: `the worker or its thread died in each of ${delivery - 1} deliveries of this lease`, retryable: true };
}

function headOf<Type extends string>(type: Type, lease: ComputeLease, runner: Runner) {
  return { v: 1 as const, type, job_id: lease.job_id, lease: lease.lease, about: subjectOf(lease), ...runner };
}

/** What the lease was about, without the bytes it carried. */
export function subjectOf({ task }: ComputeLease): LeaseSubject {
  if (task.op === 'merge') return { op: 'merge', inputs: task.inputs.map((input) => input.id), attempt: task.attempt };
  return { op: 'compute', begin: task.begin, end: task.end, attempt: task.attempt };
}
