import { describe, expect, it } from 'vitest';
import type { WorkerHeartbeat } from '@manyhands/proto';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import type { User } from '../identity/records.ts';
import { canConfine, SandboxTrust } from './sandbox-trust.ts';

const confined = aWorkerHeartbeat({ worker: 'a', kinds: ['script', 'sum'] });
const open = { ...confined, worker: 'b', unconfined: ['script'] };
const other = aWorkerHeartbeat({ worker: 'c', kinds: ['sum'] });
const id = '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41';
const tenant = id;

function trust(
  {
    auth = 'on' as const,
    trustedAccounts = [] as string[],
    role = 'user' as User['role'],
  }: { auth?: 'on' | 'off'; trustedAccounts?: string[]; role?: User['role'] },
  workers: WorkerHeartbeat[],
) {
  const identity = {
    find: (_type: string, key: string) => Promise.resolve(key.endsWith(id) ? { user_id: id, role } : undefined),
  };
  return new SandboxTrust(identity as never, { live: () => workers } as never, { auth, trustedAccounts });
}

describe('code of users', () => {
  it('can be confined while a live worker of the kind has bubblewrap', () => {
    expect(canConfine('script', [confined, other])).toBe(true);
    expect(canConfine('script', [confined, open])).toBe(true);
    expect(canConfine('script', [open, other])).toBe(false);
    expect(canConfine('script', [other]), 'none is known').toBe(false);
    expect(canConfine('script', [])).toBe(false);
  });

  // Seen: code that was taken while all workers had bubblewrap was run by one without it, which came later.
  it('of an account that is not trusted is taken where it can be confined, and runs there alone', async () => {
    for (const workers of [[confined], [confined, open]])
      expect(await trust({}, workers).isConfined(tenant, 'script')).toBe(true);
  });

  it('is refused to an account that is not trusted where it cannot, or where that is not known', async () => {
    const refusal = expect.objectContaining({ status: 403, message: expect.anything() as string }) as Error;
    for (const workers of [[open], [open, other], []])
      await expect(trust({}, workers).isConfined(tenant, 'script')).rejects.toThrow(refusal);
    await expect(
      trust({ trustedAccounts: ['019d3f9c-7a10-7cc0-8f2e-000000000000'] }, [open]).isConfined(tenant, 'script'),
    ).rejects.toThrow(refusal);
    await expect(trust({ role: 'admin' }, [open]).isConfined('nobody-known', 'script')).rejects.toThrow(refusal);
  });

  it('is taken of administrators, of those the operator lists, and of all where there are no accounts, and runs on every worker', async () => {
    for (const workers of [[open], [confined]]) {
      expect(await trust({ role: 'admin' }, workers).isConfined(tenant, 'script')).toBe(false);
      expect(await trust({ trustedAccounts: [id.toUpperCase()] }, workers).isConfined(tenant, 'script')).toBe(false);
    }
    expect(await trust({ auth: 'off' }, []).isConfined('local', 'script')).toBe(false);
  });
});
