/** Other providers of accounts, as a setting names them. Pure. */

/** Whose access tokens are taken beside our own. */
export interface Provider {
  readonly name: string;
  /** What its tokens have as `iss`. */
  readonly issuer: string;
  /** Where its public keys are: a JWK set. */
  readonly keysUrl: string;
  /** What its tokens for us have as `aud`. */
  readonly audience: string;
}

/** What our own access tokens have as `iss` and `aud`. */
export const OWN_ISSUER = 'manyhands';

/** Throws an error that states what a provider must be. */
export function readProviders(text: string): Provider[] {
  const providers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readProvider);
  const issuers = new Set(providers.map(({ issuer }) => issuer));
  if (issuers.size < providers.length) throw new Error('providers, each with an issuer of its own');
  return providers;
}

function readProvider(text: string): Provider {
  const [name = '', issuer = '', keysUrl = '', audience = '', ...more] = text.split(/\s+/);
  if (!/^[\w-]{1,32}$/.test(name) || issuer === '' || audience === '' || more.length > 0 || !isSafeAddress(keysUrl))
    throw new Error(
      `providers separated by commas, each with a name, its issuer, the https address of its JWK set, and our audience, separated by spaces; "${text.slice(0, 80)}" is none`,
    );
  if (issuer === OWN_ISSUER)
    throw new Error(`providers with other issuers than "${OWN_ISSUER}", which is that of our own access tokens`);
  return { name, issuer, keysUrl, audience };
}

/** Whether it is https, or stays on this machine: what comes unencrypted over a network may be anything. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname));
}
