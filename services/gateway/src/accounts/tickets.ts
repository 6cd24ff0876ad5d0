/**
 * Makes tickets; `Identification` redeems them.
 *
 * Invariant: of one account as many are written within their life as it may have streams, whether they are used or not: all accounts share the bucket.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, type Answer } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
import type { Caller } from '../identity/caller.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import { hashOf, newSecret } from '../identity/secrets.ts';

/** Seconds a ticket is good. */
const TICKET_SEC = 30;

@Injectable()
export class Tickets {
  /** By account: how many were made within their life. */
  readonly #made = new Map<string, number>();

  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** Throws 429, and `unavailable`. */
  async create({ userId, by, credentialId, untilMs }: Caller): Promise<Answer<'Ticket'>> {
    if (userId === undefined || by === 'open') throw new Error('Invariant: where there are no accounts there are no tickets.');
    this.#count(userId);
    const ticket = newSecret();
    const record = {
      v: 1,
      type: 'Ticket',
      user_id: userId,
      by,
      credential_id: credentialId ?? null,
      until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
      expires_at: new Date(Date.now() + TICKET_SEC * 1_000).toISOString(),
    } as const;
    await this.store.write(keys.ticket(hashOf(ticket)), record, 0, TICKET_SEC * 1_000);
    return { ticket, expires_in: TICKET_SEC };
  }

  #count(userId: string): void {
    const made = this.#made.get(userId) ?? 0;
    if (made >= limits.streamsPerTenantMax)
      throw new Problem(
        429,
        `An account gets at most ${limits.streamsPerTenantMax} tickets in ${TICKET_SEC} s; use those it has, or send \`Authorization\`.`,
        TICKET_SEC,
      );
    this.#made.set(userId, made + 1);
    setTimeout(() => this.#forget(userId), TICKET_SEC * 1_000).unref();
  }

  #forget(userId: string): void {
    const left = (this.#made.get(userId) ?? 1) - 1;
    if (left > 0) this.#made.set(userId, left);
    else this.#made.delete(userId);
  }
}
