/** Notes when an API key was used last: to the minute, and without holding up the request. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { IdentityStore } from './identity-store.ts';
import type { ApiKey } from './records.ts';

const everyMs = 60_000;

@Injectable()
export class ApiKeyUse {
  readonly #log = new Logger('identity');
  /** By key: when this gateway noted it last. */
  readonly #notedMs = new Map<string, number>();

  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  note({ key_id: keyId, last_used_at: last }: ApiKey, nowMs = Date.now()): void {
    const notedMs = Math.max(last === null ? 0 : Date.parse(last), this.#notedMs.get(keyId) ?? 0);
    if (nowMs - notedMs < everyMs) return;
    if (this.#notedMs.size > 10_000) this.#notedMs.clear();
    this.#notedMs.set(keyId, nowMs);
    this.#write(keyId, nowMs).catch((error: unknown) => this.#log.warn(`the use of an API key was not noted: ${String(error)}`));
  }

  /** Over the revision that was read: a key that was revoked meanwhile stays so. */
  async #write(keyId: string, nowMs: number): Promise<void> {
    const key = keys.apiKey(keyId);
    const found = await this.store.read('ApiKey', key);
    if (found === undefined) return;
    const { expires_at: until } = found.record;
    const leftMs = until === null ? undefined : Math.max(1, Date.parse(until) - nowMs);
    await this.store.write(key, { ...found.record, last_used_at: new Date(nowMs).toISOString() }, found.revision, leftMs);
  }
}
