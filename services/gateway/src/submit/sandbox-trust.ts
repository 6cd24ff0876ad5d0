/**
 * Who may send code: every client without accounts (`AUTH=off`); with them administrators and the accounts that the operator trusts, and every account while a live worker of the
 * kind runs it inside bubblewrap.
 *
 * Invariant: code of an account that is not trusted is run by such workers alone, whatever workers come later: its leases wait in queues of their own (`workQueueOf`). Where nothing is known of the
 * workers it is refused.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys, type WorkerHeartbeat } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Problem } from '../edge/problem.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { User } from '../identity/records.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';

@Injectable()
export class SandboxTrust {
  readonly #isOpen: boolean;
  readonly #trusted: readonly string[];

  constructor(
    @Inject(IdentityStore) private readonly identity: IdentityStore,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(CONFIG) { auth, trustedAccounts }: Pick<GatewayConfig, 'auth' | 'trustedAccounts'>,
  ) {
    this.#isOpen = auth === 'off';
    this.#trusted = trustedAccounts;
  }

  /** Whether its code may run inside bubblewrap alone. A tenant is the account of that id. Throws 403, `unavailable`. */
  async isConfined(tenant: string, kind: string): Promise<boolean> {
    if (this.#isOpen) return false;
    const user = await this.identity.find('User', keys.user(tenant));
    if (user !== undefined && isTrusted(user, this.#trusted)) return false;
    if (canConfine(kind, this.roster.live())) return true;
    throw new Problem(
      403,
      `Your account may not run code of its own here: the kind ${kind} needs a worker with bubblewrap, or an account that is trusted. Ask an administrator to install bubblewrap on a worker, or to list you in MANYHANDS_TRUSTED_ACCOUNTS.`,
    );
  }
}

export function canConfine(kind: string, workers: readonly Pick<WorkerHeartbeat, 'kinds' | 'unconfined'>[]): boolean {
  return workers.some(({ kinds, unconfined = [] }) => kinds.includes(kind) && !unconfined.includes(kind));
}

/** By id, not by address: an address is what a visitor states. */
function isTrusted({ role, user_id: id }: Pick<User, 'role' | 'user_id'>, trusted: readonly string[]): boolean {
  return role === 'admin' || trusted.some((one) => one.toLowerCase() === id);
}
