/** Makes tickets; `Identification` redeems them. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, type Answer } from '@manyhands/proto';
import type { Caller } from '../identity/caller.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import { hashOf, newSecret } from '../identity/secrets.ts';

/** Seconds a ticket is good. */
const TICKET_SEC = 30;

@Injectable()
export class Tickets {
  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** Throws `unavailable`. */
  async create({ userId, by, credentialId, untilMs }: Caller): Promise<Answer<'Ticket'>> {
    if (userId === undefined || by === 'open') throw new Error('Invariant: where there are no accounts there are no tickets.');
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
}
