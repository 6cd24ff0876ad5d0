/** The token of a share link: `<id of the link><secret>`, 59 characters that stand in an address as they are. Pure. */
import { hashOf, sameHash } from '../identity/secrets.ts';
import type { ShareLink } from '../identity/records.ts';

export function shareToken(shareId: string, secret: string): string {
  return shareId + secret;
}

/** Undefined for what cannot be one. */
export function readShareToken(token: string): { shareId: string; secret: string } | undefined {
  const [, shareId, secret] = /^([0-9a-f]{16})([\w-]{43})$/.exec(token) ?? [];
  return shareId !== undefined && secret !== undefined ? { shareId, secret } : undefined;
}

/** Whether a link is good at a time, for who shows this secret. */
export function isGoodFor({ secret_sha256: hash, expires_at: until }: ShareLink, secret: string, nowMs: number): boolean {
  return sameHash(hash, hashOf(secret)) && Date.parse(until) > nowMs;
}
