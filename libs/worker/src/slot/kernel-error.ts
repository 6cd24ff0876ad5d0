/** Makes what a kernel threw fit to travel: code, message, whether to try again; never a stack. */
import type { KernelError } from './slot-messages.ts';

const MESSAGE_LENGTH_MAX = 500;

export function kernelError(thrown: unknown): KernelError {
  const refused = thrown instanceof Error && thrown.name === 'ComputeRefused';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: refused ? 'compute_refused' : 'compute_failed',
    message: (message || 'the kernel threw without a message').slice(0, MESSAGE_LENGTH_MAX),
    retryable: !refused,
  };
}
