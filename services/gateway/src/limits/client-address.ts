/**
 * The address a request comes from: that of its connection, or, where that is a proxy of ours, the last one in `X-Forwarded-For` that is none.
 *
 * Invariant: nothing that a client wrote into the header itself is believed: it is read from its end, where our proxies write, up to the first address that is not
 * trusted. Pure.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Of an IPv6 address the network counts: one client has 2^64 addresses. */
const NETWORK_GROUPS = 4;

export class ClientAddress {
  readonly #trusted = new BlockList();
  readonly #trustsAny: boolean;

  constructor(proxies: readonly string[]) {
    this.#trustsAny = proxies.length > 0;
    for (const proxy of proxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(prefix), family);
    }
  }

  /** As text, to be counted by: an IPv4 address, or the first half of an IPv6 address. */
  of({ socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } }): string {
    let address = plain(socket.remoteAddress ?? '');
    const given = headers['x-forwarded-for'];
    if (!this.#trustsAny || given === undefined) return networkOf(address);
    const hops = [given].flat().join(',').split(',');
    while (this.#trusts(address)) {
      const before = plain(hops.pop()?.trim() ?? '');
      if (isIP(before) === 0) break;
      address = before;
    }
    return networkOf(address);
  }

  #trusts(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** Without the port that some proxies add, without brackets and zone, and an IPv4 address inside an IPv6 one as itself. */
function plain(address: string): string {
  const bare = /^\[([^\]]+)\](:\d+)?$/.exec(address)?.[1] ?? /^(\d+(\.\d+){3}):\d+$/.exec(address)?.[1] ?? address;
  return bare.replace(/%.*/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  // `URL` writes the address out in one spelling; what `::` stands for are the groups that lack.
  const [before = '', after] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [left, right] = [groupsOf(before), groupsOf(after ?? '')];
  const all = after === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${all.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
