/**
 * Seats of this gateway for what goes on for a while, uploads or downloads: so many at once, and of one account half of them, so that no account keeps out all others. Pure.
 *
 * Without accounts all clients are one tenant, which may have all of them.
 */
import type { Caller } from '../identity/caller.ts';

export class Seats {
  readonly #max: number;
  readonly #ofTenant = new Map<string, number>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Returns how to leave, once. Throws what `refusal` makes of how many there are, of all or of one account. */
  take({ tenant, by }: Pick<Caller, 'tenant' | 'by'>, refusal: (seats: number, isOwn: boolean) => Error): () => void {
    const own = this.#ofTenant.get(tenant) ?? 0;
    const ownMax = by === 'open' ? this.#max : this.#max / 2;
    if (this.#taken >= this.#max) throw refusal(this.#max, false);
    if (own >= ownMax) throw refusal(ownMax, true);
    this.#taken += 1;
    this.#ofTenant.set(tenant, own + 1);
    return () => this.#leave(tenant);
  }

  #leave(tenant: string): void {
    this.#taken -= 1;
    const left = (this.#ofTenant.get(tenant) ?? 1) - 1;
    if (left > 0) this.#ofTenant.set(tenant, left);
    else this.#ofTenant.delete(tenant);
  }
}
