/**
 * Whether a failed chunk (or merge) runs again.
 *
 *   waiting ──lease──▶ leased ──done──▶ done
 *      ▲                 │
 *      └──────again──────┴──give up──▶ dead
 *
 * An error that says trying again cannot help is believed at once; any other gets `limits.attemptsMax` runs in all.
 */
import { limits, type WireError } from '@manyhands/proto';

export function runsAgain(error: WireError, attempt: number): boolean {
  return error.retryable && attempt + 1 < limits.attemptsMax;
}

/** The sentence for a chunk that was given up. */
export function deathOf(chunk: number, error: WireError, attempt: number): WireError {
  const tries = attempt + 1;
  const how = error.retryable ? `failed ${tries} ${tries === 1 ? 'time' : 'times'}` : 'cannot be computed';
  return { code: error.code, message: `Chunk ${chunk} ${how}: ${error.message}`.slice(0, 2000), retryable: false };
}
