/** Makes what the task code threw fit to travel: code, message, whether to try again; never a stack. */
import type { JsonFlaw } from './json-value.ts';
import type { KernelError } from './slot-messages.ts';

const MESSAGE_LENGTH_MAX = 500;

/** Whatever was thrown: the task code may throw objects that do not even let themselves be looked at. */
export function kernelError(thrown: unknown): KernelError {
  const fault = faultOf(thrown);
  if (fault) return fault;
  const name = nameOf(thrown);
  const isRefused = name === 'ComputeRefused';
  const afterMs = name === 'RetryLater' ? afterMsOf(thrown) : 0;
  return {
    code: isRefused ? 'compute_refused' : 'compute_failed',
    message: (messageOf(thrown) || 'the task code threw an error without a message').slice(0, MESSAGE_LENGTH_MAX),
    retryable: !isRefused,
    ...(afterMs > 0 && { retry_after_ms: afterMs }),
  };
}

/** What is wrong with the task code by our own judgement, thrown to where its errors are caught. */
export class KernelFault extends Error {
  readonly error: KernelError;

  constructor(error: KernelError) {
    super(error.message);
    this.error = { ...error, message: error.message.slice(0, MESSAGE_LENGTH_MAX) };
  }
}

/** `from`: `compute`, `merge` or `finish`. */
export function flawFault(from: string, { is, sentence }: JsonFlaw): KernelFault {
  const code = is === 'too large' ? 'too_large' : 'compute_refused';
  const told =
    is === 'too large'
      ? `what ${from} returned is too large: ${sentence}`
      : `what ${from} returned is not a JSON value: ${sentence}`;
  return new KernelFault({ code, message: told, retryable: false });
}

function faultOf(thrown: unknown): KernelError | undefined {
  try {
    return thrown instanceof KernelFault ? thrown.error : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? thrown.name : undefined;
  } catch {
    return undefined;
  }
}

function afterMsOf(thrown: unknown): number {
  const { afterMs } = thrown as { afterMs?: unknown };
  return typeof afterMs === 'number' && Number.isFinite(afterMs) ? Math.max(0, afterMs) : 0;
}

/** Never throws, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'the task code threw a value that cannot be shown as text';
  }
}
