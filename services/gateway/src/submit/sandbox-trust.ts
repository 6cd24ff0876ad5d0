/**
 * Who may send code: every client without accounts (`AUTH=off`); with them administrators and the accounts that the operator trusts, and every account while each live worker of the
 * kind runs it inside bubblewrap.
 *
 * Invariant: where nothing is known of the workers, an account that is not trusted is refused.
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

  /** A tenant is the account of that id. Throws 403, `unavailable`. */
  async demand(tenant: string, kind: string): Promise<void> {
    if (this.#isOpen || isConfined(kind, this.roster.live())) return;
    const user = await this.identity.find('User', keys.user(tenant));
    if (user !== undefined && isTrusted(user, this.#trusted)) return;
    throw new Problem(
      403,
      `Your account may not run code of its own here: the kind ${kind} needs workers with bubblewrap, or an account that is trusted. Ask an administrator to install bubblewrap on each worker, or to list you in MANYHANDS_TRUSTED_ACCOUNTS.`,
    );
  }
}

export function isConfined(kind: string, workers: readonly Pick<WorkerHeartbeat, 'kinds' | 'unconfined'>[]): boolean {
  const serving = workers.filter(({ kinds }) => kinds.includes(kind));
  return serving.length > 0 && serving.every(({ unconfined = [] }) => !unconfined.includes(kind));
}

/** By id, not by address: an address is what a visitor states. */
function isTrusted({ role, user_id: id }: Pick<User, 'role' | 'user_id'>, trusted: readonly string[]): boolean {
  return role === 'admin' || trusted.some((one) => one.toLowerCase() === id);
}
