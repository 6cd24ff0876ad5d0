/** Why a user comes back from a provider and is not signed in, as the sign-in page is given it (`?why=`). Pure. */
import { AuthorizationResponseError, ClientError } from 'openid-client';
import { Problem } from '../edge/problem.ts';

/**
 * `declined`: the user, or the provider, did not want to. `late`: this browser began nothing, or too long ago. `away`: the provider, or NATS, does not answer.
 * `refused`: the answer is not good. `disabled`: the account may not be used.
 */
export type SignInFailure = 'declined' | 'late' | 'away' | 'refused' | 'disabled';

/** Of what was thrown on the way. Undefined for a fault of ours. */
export function failureOf(error: unknown): Exclude<SignInFailure, 'late' | 'disabled'> | undefined {
  if (error instanceof Problem) return error.getStatus() === 503 ? 'away' : undefined;
  if (error instanceof AuthorizationResponseError) {
    if (error.error === 'access_denied') return 'declined';
    return ['server_error', 'temporarily_unavailable'].includes(error.error) ? 'away' : 'refused';
  }
  // `fetch` rejects with a TypeError when nothing answers.
  if (error instanceof TypeError || (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT')) return 'away';
  return 'refused';
}
