/** Sorts what went wrong with a request by what to do about it. Pure. */
import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { API_CODES } from './api-codes.ts';

/**
 * - `away`: nobody answered, or not yet; the same request may succeed soon, and may already have been carried out.
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

export function refusalOf(error: unknown): Refusal {
  if (error instanceof JetStreamApiError) {
    if (sequence.includes(error.code)) return 'sequence';
    if (full.includes(error.code)) return 'full';
    if (error.code === API_CODES.messageTooLarge) return 'too_large';
    // 503 says that the stream has no leader or JetStream is still starting.
    return soon.includes(error.code) || error.status === 503 ? 'away' : 'broken';
  }
  return isAway(error) ? 'away' : 'broken';
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof ConnectionLost ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.ConnectionError ||
    // No stream listens on the subject: during a restart, until it is recovered. nats.js 3.4 says it is "not enabled" then.
    error.name === 'JetStreamNotEnabled' ||
    (error instanceof JetStreamError && isAway(error.cause))
  );
}
