/** Under which address an account is found. An address belongs to one account, decided by creating its key. */
import { keys } from '@manyhands/proto';
import { conflict } from '../edge/problem.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import { hashOf } from '../identity/secrets.ts';

/** Milliseconds that making an account takes at most: its address is not taken over before. */
const makingMs = 30_000;

/** Makes an address that of an account; repeating it changes nothing. Throws 409 for one that is another's, and `unavailable`. */
export async function claimName(store: IdentityStore, email: string, userId: string): Promise<void> {
  const key = nameKey(email);
  const record = { v: 1, type: 'UserName', user_id: userId, created_at: new Date().toISOString() } as const;
  if (await store.write(key, record, 0)) return;
  const taken = await store.read('UserName', key);
  // An earlier try of the same account got no further.
  if (taken?.record.user_id === userId) return;
  const isLeft =
    taken !== undefined &&
    Date.now() - Date.parse(taken.record.created_at) > makingMs &&
    (await store.read('User', keys.user(taken.record.user_id))) === undefined;
  if (!isLeft || !(await store.write(key, record, taken.revision)))
    throw conflict('This address has an account already; sign in with it.');
}

/** Addresses are the same in any case. */
export function nameKey(email: string): string {
  return keys.userName(hashOf(`email ${email.toLowerCase()}`));
}
