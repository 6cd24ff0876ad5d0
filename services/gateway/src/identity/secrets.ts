/** Makes secrets, and holds given ones against their hashes. Pure, but for randomness. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, as 43 characters of base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** `bytes` random bytes in hexadecimal: a name without a meaning. */
export function newName(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/**
 * What is stored of a secret. A fast hash is enough: unlike a password it has 256 random bits, which no search finds.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** In a time that does not depend on where two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
