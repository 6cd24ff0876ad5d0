/** Makes what the task code threw fit to travel: code, message, whether to try again; never a stack. */
import { inspect } from 'node:util';
import type { JsonFlaw } from './json-value.ts';
import type { KernelError } from './slot-messages.ts';

const MESSAGE_LENGTH_MAX = 500;
/** Causes of causes that are shown; more may be a loop. */
const CAUSES_MAX = 3;
const ERRORS_SHOWN_MAX = 5;

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
  try {
    const { afterMs } = thrown as { afterMs?: unknown };
    return typeof afterMs === 'number' && Number.isFinite(afterMs) ? Math.max(0, afterMs) : 0;
  } catch {
    return 0;
  }
}

/** Never throws, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return messageWithin(thrown, 0);
  } catch {
    return 'the task code threw a value that cannot be shown as text';
  }
}

/** With what caused it: of a `fetch` the message alone is "fetch failed", and that of a refused connection is empty. */
function messageWithin(thrown: unknown, depth: number): string {
  if (!(thrown instanceof Error)) return textOf(thrown);
  const own = String(thrown.message).slice(0, MESSAGE_LENGTH_MAX);
  if (depth === CAUSES_MAX || own.length === MESSAGE_LENGTH_MAX) return own;
  const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
  const inner = cause ?? (own === '' && Array.isArray(errors) ? errors.slice(0, ERRORS_SHOWN_MAX) : undefined);
  const why = (Array.isArray(inner) ? inner : [inner ?? ''])
    .map((each) => messageWithin(each, depth + 1))
    .filter((text) => text !== '' && !own.includes(text));
  return [own, [...new Set(why)].join('; ')].filter((text) => text !== '').join(': ');
}

function textOf(thrown: unknown): string {
  const text = String(thrown);
  if (text !== '[object Object]') return text;
  const { message } = thrown as { message?: unknown };
  return typeof message === 'string' && message !== ''
    ? message
    : inspect(thrown, { depth: 1, breakLength: Infinity, customInspect: false, maxStringLength: MESSAGE_LENGTH_MAX });
}
