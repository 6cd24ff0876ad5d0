import { afterEach, expect, it, vi } from 'vitest';
import { limits } from '@manyhands/proto';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { Caller } from '../identity/caller.ts';
import { Tickets } from './tickets.ts';

const caller = (userId: string): Caller => ({ tenant: userId, userId, role: 'user', scopes: ['read'], by: 'session' });

afterEach(() => void vi.useRealTimers());

// Seen: there was no end to them, so one account could fill the bucket in which all sign in.
it('an account gets as many within their life as it may have streams, and others theirs meanwhile', async () => {
  vi.useFakeTimers();
  const write = vi.fn(async () => true);
  const tickets = new Tickets({ write } as unknown as IdentityStore);
  for (let made = 0; made < limits.streamsPerTenantMax; made += 1) await tickets.create(caller('ann'));
  await expect(tickets.create(caller('ann'))).rejects.toMatchObject({ status: 429, retryAfterSec: 30 });
  expect(write).toHaveBeenCalledTimes(limits.streamsPerTenantMax);
  expect(await tickets.create(caller('bob'))).toMatchObject({ expires_in: 30 });
  vi.advanceTimersByTime(30_000);
  expect(await tickets.create(caller('ann'))).toMatchObject({ expires_in: 30 });
});
