/**
 * Connects to addresses that were checked: a name is resolved and its addresses are checked in the same step that dials one of them, so that a name with another
 * address a moment later leads nowhere.
 *
 * Invariant: a name with one private address among public ones is refused as a whole.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { refusalOfAddress } from './address.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Of an address that is refused; the request is not tried again. */
export class GuardRefusal extends Error {}

const HEADER_BYTES_MAX = 16 * 1024;
const CONNECT_MS_MAX = 10_000;

export const resolveBySystem: Resolve = (hostname, answer) =>
  systemLookup(hostname, { all: true, order: 'verbatim' }, (error, addresses) => answer(error, addresses ?? []));

/** Sends requests to public addresses and those in `networks`; to any address where `networks` is undefined. No proxy is used, whatever the environment states. */
export function guardedAgent(networks: readonly string[] | undefined, resolve: Resolve): Agent {
  const refusalOf = (address: string): string | undefined =>
    networks === undefined ? undefined : refusalOfAddress(address, networks);
  const lookup: LookupFunction = (hostname, options, answer) =>
    resolve(hostname, (error, addresses) => {
      const wrong = addresses.map(({ address }) => ({ address, why: refusalOf(address) })).find(({ why }) => why !== undefined);
      const refusal = wrong && new GuardRefusal(`${hostname} leads to ${wrong.address}, which ${wrong.why}`);
      const first = addresses[0];
      if (error ?? refusal) answer((error ?? refusal)!, '');
      else if (first === undefined) answer(new Error(`${hostname} has no address`), '');
      else if (options.all) answer(null, [...addresses]);
      else answer(null, first.address, first.family);
    });
  const connect = buildConnector({ lookup, timeout: CONNECT_MS_MAX, allowH2: false });
  return new Agent({
    maxHeaderSize: HEADER_BYTES_MAX,
    connect(options, connected) {
      const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
      const why = isIP(host) === 0 ? undefined : refusalOf(host);
      if (why === undefined) connect(options, connected);
      else connected(new GuardRefusal(`${host} ${why}`), null);
    },
  });
}
