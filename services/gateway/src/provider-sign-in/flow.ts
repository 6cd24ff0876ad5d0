/**
 * One try to sign in at a provider: from one random secret, which stays with the browser (`flow-cookie.ts`), comes everything that binds the answer of the
 * provider to that browser. So no gateway stores anything, and any of them may take the answer.
 *
 * Invariant: what goes to the provider in the address (`state`, `nonce`, `challenge`) gives away neither the secret nor the `verifier`, and a flow of one provider is
 * none of another. Pure.
 */
import { createHash } from 'node:crypto';

export interface Flow {
  /** Comes back with the answer: it belongs to this browser. */
  readonly state: string;
  /** Comes back inside the signed ID token: the token is that of this try. */
  readonly nonce: string;
  /** Shown to the provider with the code (PKCE, RFC 7636): who shows the code is who asked for it. */
  readonly verifier: string;
  /** SHA-256 of the verifier. */
  readonly challenge: string;
}

/** `secret`: 256 random bits. */
export function flowOf(provider: string, secret: string): Flow {
  const derived = (what: string): string => sha256(JSON.stringify([what, provider, secret]));
  const verifier = derived('verifier');
  return { state: derived('state'), nonce: derived('nonce'), verifier, challenge: sha256(verifier) };
}

/** 43 characters of base64url. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
