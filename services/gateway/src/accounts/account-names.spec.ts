import { newUserId } from '@manyhands/proto';
import { expect, it } from 'vitest';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { IdentityRecord } from '../identity/records.ts';
import { claimName } from './account-names.ts';

/** Memory alone; each key is written once. */
function memoryStore(): IdentityStore {
  const records = new Map<string, IdentityRecord>();
  return {
    write: async (key: string, record: IdentityRecord) => !records.has(key) && records.set(key, record).size > 0,
    read: async (_type: string, key: string) => (records.has(key) ? { record: records.get(key), revision: 1 } : undefined),
  } as unknown as IdentityStore;
}

it('an address is one account’s, who may claim it again after a try that was cut off', async () => {
  const store = memoryStore();
  const [one, other] = [newUserId(), newUserId()];
  await claimName(store, 'Anna@example.org', one);
  await claimName(store, 'anna@example.org', one);
  await expect(claimName(store, 'anna@EXAMPLE.org', other)).rejects.toThrow('This address has an account already');
});
