/** Providers of OpenID Connect that users sign in with on the page, as two settings name them. Pure. */
import { isSafeAddress } from './provider.ts';

export interface NamedProvider {
  /** What the page calls it, and part of its addresses at the gateway. */
  readonly name: string;
  /** Its address; `/.well-known/openid-configuration` below it is read. */
  readonly issuer: string;
  /** What it calls this system. */
  readonly clientId: string;
}

/** Throws an error that states what such a provider must be. */
export function readSignInProviders(text: string): NamedProvider[] {
  const providers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readNamed);
  for (const key of ['name', 'issuer'] as const)
    if (new Set(providers.map((provider) => provider[key])).size < providers.length)
      throw new Error(`providers, each with ${key === 'name' ? 'a name' : 'an issuer'} of its own`);
  return providers;
}

function readNamed(text: string): NamedProvider {
  const [name = '', issuer = '', clientId = '', ...more] = text.split(/\s+/);
  if (!/^[\w-]{1,32}$/.test(name) || clientId === '' || more.length > 0 || !isSafeAddress(issuer))
    throw new Error(
      `providers separated by commas, each with a name, the https address that is its issuer, and our client id, separated by spaces; "${text.slice(0, 80)}" is none`,
    );
  return { name, issuer, clientId };
}

/** By name. Undefined for what is no list of secrets. */
export function readClientSecrets(text: string): ReadonlyMap<string, string> | undefined {
  const pairs = text.split(/\s+/).map((pair) => /^([\w-]{1,32}):([\x21-\x7e]{1,1024})$/.exec(pair));
  const secrets = new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1]!, pair[2]!] as const])));
  return secrets.size === pairs.length ? secrets : undefined;
}
