/**
 * The keys that access tokens are signed with and checked by: in the bucket, so that each gateway takes the tokens of every other.
 *
 *   made by the gateway that finds none young enough ──30 days──▶ only checks ──30 days──▶ expires
 *
 * Two gateways may make one each at the same time; both are good.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey } from 'jose';
import { IdentityStore } from './identity-store.ts';
import type { SigningKey } from './records.ts';
import { newName } from './secrets.ts';

/** The one signature that is used, and taken. */
export const ALGORITHM = 'EdDSA';
const day = 24 * 3_600_000;
const signsForMs = 30 * day;
const checksForMs = 60 * day;

@Injectable()
export class SigningKeys {
  readonly #imported = new Map<string, Promise<CryptoKey>>();
  #making: Promise<SigningKey> | undefined;

  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** What to sign with now. Throws `unavailable`. */
  async current(): Promise<{ keyId: string; key: CryptoKey }> {
    const record = this.#young() ?? (await (this.#making ??= this.#make().finally(() => (this.#making = undefined))));
    return { keyId: record.key_id, key: await this.#import(record, 'private') };
  }

  /** What checks a signature; undefined where there is no such key. Throws `unavailable`. */
  async checking(keyId: string): Promise<CryptoKey | undefined> {
    if (!/^[0-9a-f]{32}$/.test(keyId)) return undefined;
    const record = await this.store.find('SigningKey', keys.signingKey(keyId));
    return record && this.#import(record, 'public');
  }

  #young(): SigningKey | undefined {
    const sinceMs = Date.now() - signsForMs;
    return this.store
      .all('SigningKey')
      .filter(({ created_at: at }) => Date.parse(at) > sinceMs)
      .toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1))[0];
  }

  async #make(): Promise<SigningKey> {
    await this.store.settle();
    const young = this.#young();
    if (young !== undefined) return young;
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const { x, d } = await exportJWK(privateKey);
    const record: SigningKey = {
      v: 1,
      type: 'SigningKey',
      key_id: newName(16),
      created_at: new Date().toISOString(),
      jwk: { kty: 'OKP', crv: 'Ed25519', x: x!, d: d! },
    };
    await this.store.write(keys.signingKey(record.key_id), record, 0, checksForMs);
    await this.store.settle();
    return record;
  }

  #import({ key_id: keyId, jwk: { d, ...shown } }: SigningKey, part: 'private' | 'public'): Promise<CryptoKey> {
    const name = `${part}.${keyId}`;
    const imported =
      this.#imported.get(name) ?? (importJWK(part === 'private' ? { ...shown, d } : shown, ALGORITHM) as Promise<CryptoKey>);
    this.#imported.set(name, imported);
    return imported;
  }
}
