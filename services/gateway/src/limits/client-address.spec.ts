import { describe, expect, it } from 'vitest';
import { ClientAddress } from './client-address.ts';

const addressOf = (proxies: readonly string[], remoteAddress: string | undefined, forwarded?: string): string =>
  new ClientAddress(proxies).of({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  });

describe('the address of a client', () => {
  it.each([
    ['that of its connection', [], '192.0.2.7', undefined, '192.0.2.7'],
    ['that of its connection, whatever it claims', [], '192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['that of its connection, where that is no proxy of ours', ['10.0.0.0/8'], '192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['what a proxy of ours states', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['the last that no proxy of ours has', ['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['not what a client wrote before it', ['10.0.0.0/8'], '10.1.2.3', '10.0.0.1, 127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['that of the proxy, which states none', ['10.0.0.0/8'], '10.1.2.3', undefined, '10.1.2.3'],
    ['that of the proxy, where what is stated is none', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
    ['the first, where all are proxies', ['10.0.0.0/8'], '10.1.2.3', '10.0.0.9', '10.0.0.9'],
    ['what a proxy states with a port', ['127.0.0.1'], '127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv4 address inside an IPv6 one', ['127.0.0.1'], '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the network of an IPv6 address', [], '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['the same network, however it is spelled', [], '2001:0DB8:1:2::99', undefined, '2001:db8:1:2::/64'],
    ['the network of a short IPv6 address', [], 'fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
    ['a proxy by its IPv6 network', ['fd00::/8'], 'fd00::1', '[2001:db8::1]:443', '2001:db8:0:0::/64'],
    ['nothing, once the client is gone', ['10.0.0.0/8'], undefined, '198.51.100.1', ''],
  ] as const)('is %s', (_, proxies, remote, forwarded, address) => {
    expect(addressOf(proxies, remote, forwarded)).toBe(address);
  });
});
