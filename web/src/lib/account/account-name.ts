/** What an account is called: by its address, else by who its user is at another provider. Pure. */
import type { User } from '@manyhands/sdk';

/** Null where neither is known. */
export function accountName({ email, external }: Pick<User, 'email' | 'external'>): string | null {
  if (email !== null || !external) return email;
  const { issuer, subject } = external;
  return `${subject} at ${URL.canParse(issuer) ? new URL(issuer).host : issuer}`;
}
