/**
 * Origins (`https://status.example`): scheme, host and port, compared whole. Pure.
 *
 * A browser states in `Origin` which page a request comes from. Programs send none, and may do as they like: they have no cookies of others.
 */
import { authorityText, readAuthority, type Authority, type Scheme } from './authority.ts';
import { withoutSecrets } from './nats-url.ts';

export interface Origin {
  readonly scheme: Scheme;
  readonly authority: Authority;
  /** The spelling of browsers, which alone is compared. */
  readonly text: string;
}

/** Undefined for what no page of the web can have, such as `null` or `file://`. */
export function readOrigin(text: string): Origin | undefined {
  const [, schemeText, rest] = /^(https?):\/\/(.+)$/i.exec(text) ?? [];
  const authority = rest === undefined ? undefined : readAuthority(rest);
  if (authority === undefined) return undefined;
  const scheme = schemeText!.toLowerCase() as Scheme;
  return { scheme, authority, text: `${scheme}://${authorityText(authority, scheme)}` };
}

/**
 * Whether a request with this `Origin` is sent by a page of ours. The gateway serves plain HTTP, so pages of ours are `http://` and the host they asked. Behind a
 * proxy that ends TLS they are `https://`: that one has to be listed, since any client can send what a proxy would send (`X-Forwarded-Proto`).
 */
export function isOwnOrigin(origin: string, host: Authority | undefined, allowed: readonly Origin[]): boolean {
  const given = readOrigin(origin);
  if (given === undefined) return false;
  return (
    allowed.some(({ text }) => text === given.text) ||
    (host !== undefined && given.text === `http://${authorityText(host, 'http')}`)
  );
}

/** Reads a list separated by commas. Throws the end of a sentence ("must be …") for an entry that no page could ever have: it would allow nothing. */
export function readOrigins(list: string): Origin[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      const origin = readOrigin(entry.replace(/\/$/, ''));
      if (origin === undefined)
        throw new Error(`origins, and "${withoutSecrets(entry)}" can be none of any page: ${adviceOn(entry)}`);
      return origin;
    });
}

function adviceOn(entry: string): string {
  if (entry.includes('*')) return 'name every origin; patterns are not supported';
  if (/^wss?:\/\//i.test(entry))
    return `name the page's address, like "${withoutSecrets(entry.replace(/^ws/i, 'http'))}", not the WebSocket's`;
  if (/^https?:\/\/[^/?#]+[/?#]/i.test(entry)) return 'leave out everything after host and port';
  if (!entry.includes('://') && readAuthority(entry) !== undefined && entry !== 'null')
    return `begin it with its scheme, like "https://${entry}"`;
  return 'write it like https://status.example or http://10.0.0.5:8080';
}
