/**
 * Which addresses jobs may reach: public ones, and those of networks that the operator lists. Pure.
 *
 * Invariant: what is not known to be public is refused. Of IPv6 that is all but 2000::/3; an address that carries one of IPv4 is what it carries.
 */
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

/** Why it must not be reached, as the end of a sentence; undefined: it may. `networks` as CIDR. */
export function refusalOfAddress(text: string, networks: readonly string[] = []): string | undefined {
  const bare = text.replace(/%.*/s, '');
  if (!ipaddr.isValid(bare)) return 'is no address';
  const address = carriedBy(ipaddr.parse(bare));
  if (networks.some((network) => isWithin(address, network))) return undefined;
  return isPublic(address) ? undefined : 'is an address of this machine or of a private network';
}

/** Of IPv4, where it is one in a spelling of IPv6: mapped, or translated by NAT64. */
function carriedBy(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return address.range() === 'rfc6052' ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6) || address.toByteArray()[0]! >> 5 === 1;
}

/** Those of the operator's list: reading one takes as long as all else that is checked of a request. */
const known = new Map<string, readonly [Address, number]>();

function isWithin(address: Address, network: string): boolean {
  const [base, bits] = known.get(network) ?? ipaddr.parseCIDR(network);
  if (!known.has(network)) known.set(network, [base, bits]);
  return base.kind() === address.kind() && address.match(base, bits);
}
