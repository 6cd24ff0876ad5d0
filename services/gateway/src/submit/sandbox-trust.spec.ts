import { describe, expect, it } from 'vitest';
import type { WorkerHeartbeat } from '@manyhands/proto';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import type { User } from '../identity/records.ts';
import { isConfined, SandboxTrust } from './sandbox-trust.ts';

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
  it('is confined while each live worker of the kind has bubblewrap', () => {
    expect(isConfined('script', [confined, other])).toBe(true);
    expect(isConfined('script', [confined, open])).toBe(false);
    expect(isConfined('script', [other]), 'none is known').toBe(false);
    expect(isConfined('script', [])).toBe(false);
  });

  it('is taken of every account where it is confined', async () => {
    await expect(trust({}, [confined]).demand(tenant, 'script')).resolves.toBeUndefined();
  });

  it('is refused to an account that is not trusted where it is not, or where that is not known', async () => {
    const refusal = expect.objectContaining({ status: 403, message: expect.anything() as string }) as Error;
    for (const workers of [[open], [confined, open], []])
      await expect(trust({}, workers).demand(tenant, 'script')).rejects.toThrow(refusal);
    await expect(
      trust({ trustedAccounts: ['019d3f9c-7a10-7cc0-8f2e-000000000000'] }, [open]).demand(tenant, 'script'),
    ).rejects.toThrow(refusal);
    await expect(trust({ role: 'admin' }, [open]).demand('nobody-known', 'script')).rejects.toThrow(refusal);
  });

  it('is taken of administrators, of those the operator lists, and of all where there are no accounts', async () => {
    await expect(trust({ role: 'admin' }, [open]).demand(tenant, 'script')).resolves.toBeUndefined();
    await expect(trust({ trustedAccounts: [id.toUpperCase()] }, [open]).demand(tenant, 'script')).resolves.toBeUndefined();
    await expect(trust({ auth: 'off' }, []).demand('local', 'script')).resolves.toBeUndefined();
  });
});
