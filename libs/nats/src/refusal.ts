/** Sorts what went wrong with a request by what to do about it. Pure. */
import { isManyhandsError } from '@manyhands/proto/errors';
import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { API_CODES } from './api-codes.ts';

/**
 * - `away`: there is no answer yet; the same request may succeed soon, and may already have been carried out.
 * - `sequence`: the expected sequence did not match, or could not be judged yet.
 * - `full`: the stream or the server takes no more.
 * - `too_large`: this message will never be taken.
 * - `broken`: anything else; repeating it will not help.
 */
export type Refusal = 'away' | 'sequence' | 'full' | 'too_large' | 'broken';

/** The connection went away while a request was under way. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

const full: readonly number[] = [
  API_CODES.storeFailed,
  API_CODES.insufficientResources,
  API_CODES.memoryExceeded,
  API_CODES.storageExceeded,
];
const sequence: readonly number[] = [API_CODES.wrongLastSequence, API_CODES.wrongLastSequenceUnknown];
const soon: readonly number[] = [API_CODES.lastSequenceUnavailable, API_CODES.tooManyRequests];

/** Whether what was thrown passes by itself: the server is away, full, or set up wrongly by an operator who can set it right. */
export function isPassing(error: unknown): boolean {
  if (isManyhandsError(error)) return error.retryable;
  const refusal = refusalOf(error);
  return refusal === 'away' || refusal === 'full' || isForbidden(error) || isMissing(error);
}

/** The server's permissions do not allow it; a request that was refused so is wrapped by nats.js 3.4. */
export function isForbidden(error: unknown): boolean {
  return error instanceof errors.PermissionViolationError || (error instanceof Error && isForbidden(error.cause));
}

/** What the server has lost, or an operator removed, is provided again. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError && (error.code === API_CODES.streamNotFound || error.code === API_CODES.consumerNotFound)
  );
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof JetStreamApiError) {
    if (sequence.includes(error.code)) return 'sequence';
    if (full.includes(error.code)) return 'full';
    if (error.code === API_CODES.messageTooLarge) return 'too_large';
    // 503 states that the stream has no leader or JetStream is still starting.
    return soon.includes(error.code) || error.status === 503 ? 'away' : 'broken';
  }
  if (isOverPayload(error)) return 'too_large';
  return isAway(error) ? 'away' : 'broken';
}

/** The client's own refusal: nats.js 3.4 sends no message that is larger than the server's `max_payload`. */
function isOverPayload(error: unknown): boolean {
  return error instanceof errors.InvalidArgumentError && error.message.includes('max_payload');
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || isForbidden(error)) return false;
  return (
    error instanceof ConnectionLost ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    // No stream listens on the subject: during a restart, until it is recovered. nats.js 3.4 reports "not enabled" then.
    error.name === 'JetStreamNotEnabled' ||
    (error instanceof JetStreamError && isAway(error.cause))
  );
}
