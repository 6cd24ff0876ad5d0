/** What became of several messages that were sent together. Pure. */
import { JetStreamApiError, type ApiError } from '@nats-io/jetstream';
import { refusalOf } from '../refusal.ts';

/** When the batch is not stored as a whole, only the first `maybe` messages may be, and the others are not. */
export type BatchOutcome = { stored: true } | { stored: false; maybe: number };

/** Throws `JetStreamApiError` when the server could not store anything now, and the same batch may succeed soon. */
export function refusedBatch(error: ApiError, maybe: number): BatchOutcome {
  const refused = new JetStreamApiError(error);
  if (refusalOf(refused) === 'away') throw refused;
  return { stored: false, maybe };
}
