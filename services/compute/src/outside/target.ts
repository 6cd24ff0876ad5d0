/**
 * Whether a job may send a request to an address of the web, as far as its text shows. Pure; the addresses that a name has are checked when it is connected to.
 *
 * Invariant: what is sent is what was checked here: the host as `URL` writes it, in which every spelling of an IPv4 address is the same.
 */
import { isIP } from 'node:net';
import type { OutsidePlace } from '@manyhands/proto/settings';
import { refusalOfAddress } from './address.ts';

export type Target =
  | {
      is: 'target';
      url: URL;
      /** Without the brackets of IPv6, and without a dot at the end. */
      host: string;
      /** The operator lists it by name: its addresses may be private. */
      isListed: boolean;
    }
  | { is: 'refused'; why: string };

const URL_CHARS_MAX = 8_192;
const PORTS = [80, 443];
/** Names that no public server has. */
const PRIVATE_NAMES = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home.arpa', 'localdomain'];
const HOW_TO_LIST = "the worker's operator can list it in MANYHANDS_OUTSIDE_ALLOW";

/** What is thought of a server, whatever is asked of it. */
type Verdict = { host: string; isListed: boolean } | { why: string };

/** Servers whose verdict is kept: jobs ask one of them thousands of times. */
const KEPT_MAX = 1_000;

/** Reads the text of an address. `base`: what a relative one, as in a redirect, counts from. */
export type ReadTarget = (text: string, base?: URL) => Target;

export function targetReader(places: readonly OutsidePlace[]): ReadTarget {
  const networks = networksOf(places);
  const kept = new Map<string, Verdict>();
  const verdictOf = (url: URL): Verdict => {
    const known = kept.get(url.origin);
    if (known !== undefined) return known;
    if (kept.size === KEPT_MAX) kept.clear();
    const verdict = judged(url, places, networks);
    kept.set(url.origin, verdict);
    return verdict;
  };
  return (text, base) => {
    if (text.length > URL_CHARS_MAX)
      return refused(`an address may have ${URL_CHARS_MAX} characters, this one has ${text.length}`);
    const url = URL.parse(text, base);
    if (url === null) return refused(`"${shown(text)}" is no address like https://api.example/path`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return refused(`only http and https are sent to, not ${url.protocol.slice(0, 40)}`);
    if (url.username !== '' || url.password !== '')
      return refused('an address must not hold a user name or a password: use a header with a secret');
    const verdict = verdictOf(url);
    return 'why' in verdict ? refused(verdict.why) : { is: 'target', url, ...verdict };
  };
}

function judged(url: URL, places: readonly OutsidePlace[], networks: readonly string[]): Verdict {
  const host = hostOf(url);
  const port = portOf(url);
  if (host === '') return { why: `"${shown(url.href)}" names no host` };
  const isListed = places.some((place) => place.host !== undefined && isHost(host, place.host) && (place.port ?? port) === port);
  if (isListed) return { host, isListed };
  const isAddress = isIP(host) !== 0;
  const why = isAddress ? refusalOfAddress(host, networks) : nameRefusal(host);
  if (why !== undefined) return { why: `${host} ${why}; ${HOW_TO_LIST}` };
  const isOpen = PORTS.includes(port) || places.some((place) => place.host === undefined && place.port === port);
  if (!isOpen && !(isAddress && isInNetworks(host, networks)))
    return { why: `port ${port} of ${host} is neither 80 nor 443; ${HOW_TO_LIST} as ${host}:${port}` };
  return { host, isListed };
}

export function networksOf(places: readonly OutsidePlace[]): string[] {
  return places.flatMap(({ network }) => network ?? []);
}

/** `pattern`: a host, `*.` and what it must end with, or `*`. */
export function isHost(host: string, pattern: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function portOf({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function nameRefusal(host: string): string | undefined {
  const isPrivate = PRIVATE_NAMES.some((name) => host === name || host.endsWith(`.${name}`));
  return isPrivate ? 'is a name of this machine or of a private network' : undefined;
}

/** Without the networks it would be refused: it is in one of them, or public anyway. */
function isInNetworks(host: string, networks: readonly string[]): boolean {
  return refusalOfAddress(host) !== undefined && refusalOfAddress(host, networks) === undefined;
}

function refused(why: string): Target {
  return { is: 'refused', why };
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
