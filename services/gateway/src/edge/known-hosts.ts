/**
 * Which hosts are ours. A page of any name can be made to point at 127.0.0.1 after it was loaded (DNS rebinding); its browser then takes
 * our answers for the page's own. What gives it away is the name in `Host`, so only names that are known are served.
 *
 * Known are:
 *   - this machine seen from itself (`localhost`, 127.0.0.0/8, ::1), with our port;
 *   - the host of every allowed origin, with its own port, ours, or none: proxies often leave the port out;
 *   - what `HOST` names, and the address a connection came in on, with our port.
 * A gateway that listens beyond this machine (`HOST` is not loopback) knows as well, with any port, because a container does not know the one it is published
 * under: every address written in numbers, which no name server can redirect, and this machine's own name. Pure.
 */
import { BlockList, isIP } from 'node:net';
import { authorityText, readAuthority, SCHEMES, type Authority, type Origin } from '@manyhands/proto/settings';

/** The end of a connection that is ours. */
interface LocalEnd {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

export interface KnownHosts {
  knows(host: Authority, local: LocalEnd): boolean;
}

export interface HostSettings {
  /** What the gateway listens on: a name or an address. */
  readonly listensOn: string;
  readonly origins: readonly Origin[];
  /** The name of this machine. */
  readonly machine: string;
}

export function knownHosts({ listensOn, origins, machine }: HostSettings): KnownHosts {
  const own = readAuthority(isIP(listensOn) === 6 ? `[${listensOn}]` : listensOn)?.name ?? listensOn.toLowerCase();
  const isOpen = !isLoopback(own);
  const machineNames = new Set([machine.toLowerCase(), `${machine.toLowerCase().replace(/\.local$/, '')}.local`]);
  return {
    knows(host, local) {
      const isOurPort = (host.port ?? SCHEMES.http) === local.port;
      const isOurs = isOpen || isOurPort;
      if (origins.some((origin) => isHostOf(origin, host, local.port))) return true;
      if (isLoopback(host.name)) return isOurs;
      if (host.name === own) return isOurs;
      if (isIP(host.name) !== 0 && (isOpen || (isOurPort && host.name === addressOf(local)))) return true;
      return isOpen && machineNames.has(host.name);
    },
  };
}

/** Whether an origin is asked for by this host. Proxies may leave its port out, or put ours there. */
function isHostOf({ authority, scheme }: Origin, { name, port }: Authority, ourPort: number | undefined): boolean {
  return authority.name === name && (port === undefined || port === ourPort || port === (authority.port ?? SCHEMES[scheme]));
}

/**
 * The origin that a browser has open which asks this host, one that is known. Which scheme a proxy is asked by shows in no header that could be believed: so a host
 * that is listed has the listed one, https before http, and any other has http.
 */
export function openedOrigin(host: Authority, origins: readonly Origin[], ourPort: number | undefined): string {
  const listed = origins.filter((origin) => isHostOf(origin, host, ourPort));
  const best = listed.find(({ scheme }) => scheme === 'https') ?? listed[0];
  return best?.text ?? `http://${authorityText(host, 'http')}`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(name: string): boolean {
  const family = isIP(name);
  return family === 0 ? name === 'localhost' : loopback.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

function addressOf({ address }: LocalEnd): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/, '');
}
