import { describe, expect, test } from 'vitest';
import { readAuthority, readOrigins } from '@manyhands/proto/settings';
import { knownHosts, openedOrigin } from './known-hosts.ts';

const local = { address: '127.0.0.1', port: 8000 };

function isKnown(host: string, listensOn: string, origins = '', end = local): boolean {
  return knownHosts({ listensOn, origins: readOrigins(origins), machine: 'Desk' }).knows(readAuthority(host)!, end);
}

describe('a gateway on loopback', () => {
  test.each([
    ['localhost:8000', true],
    ['LOCALHOST.:8000', true],
    ['127.0.0.1:8000', true],
    ['127.1.2.3:8000', true],
    ['[::1]:8000', true],
    ['[::ffff:127.0.0.1]:8000', true],
    ['localhost', false],
    ['localhost:8001', false],
    ['127.0.0.1', false],
    ['[::1]:80', false],
    ['0.0.0.0:8000', false],
    ['192.168.1.5:8000', false],
    ['desk:8000', false],
    ['evil.example', false],
    ['evil.example:8000', false],
    ['localhost.evil.example:8000', false],
    ['evil.localhost:8000', false],
    ['127.0.0.1.nip.io:8000', false],
    ['localhost.localdomain:8000', false],
  ])('knows %s: %s', (host, known) => {
    for (const listensOn of ['127.0.0.1', 'localhost', '::1']) expect(isKnown(host, listensOn), listensOn).toBe(known);
  });

  test('knows port 80 without its number', () => {
    expect(isKnown('localhost', '127.0.0.1', '', { ...local, port: 80 })).toBe(true);
  });

  test('knows the hosts of allowed origins: with their port, with ours, or with none', () => {
    const origins = 'https://status.example, http://[fd00::5]:8080';
    for (const host of [
      'status.example',
      'status.example:443',
      'status.example.',
      'STATUS.example:8000',
      '[fd00::5]:8080',
      '[fd00:0::5]',
    ])
      expect(isKnown(host, '127.0.0.1', origins), host).toBe(true);
    expect(isKnown('[::1]:443', '127.0.0.1', 'https://[::1]')).toBe(true);
    for (const host of ['status.example:80', 'a.status.example', 'example', '[fd00::6]:8080'])
      expect(isKnown(host, '127.0.0.1', origins), host).toBe(false);
  });
});

describe('a gateway beyond this machine', () => {
  test.each([
    ['192.168.1.5:8000', true],
    ['192.168.1.5:30080', true],
    ['[fd00::1]', true],
    ['localhost:9000', true],
    ['127.0.0.1:9000', true],
    ['desk:8000', true],
    ['Desk.local:8000', true],
    ['evil.example:8000', false],
    ['desk.evil.example', false],
    ['gateway:8000', false],
  ])('knows %s: %s', (host, known) => {
    for (const listensOn of ['0.0.0.0', '::', '192.168.1.5']) expect(isKnown(host, listensOn), listensOn).toBe(known);
  });

  test('knows the name it listens on', () => {
    expect(isKnown('box.lan:8000', 'box.lan')).toBe(true);
    expect(isKnown('fox.lan:8000', 'box.lan')).toBe(false);
  });
});

test.each([
  ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
  ['[::1]:8000', 'http://[::1]:8000'],
  ['status.example', 'https://status.example'],
  ['status.example:443', 'https://status.example'],
  // A proxy that puts our port there.
  ['STATUS.example.:8000', 'https://status.example'],
  ['plain.example:8080', 'http://plain.example:8080'],
  ['plain.example', 'http://plain.example:8080'],
  ['both.example', 'https://both.example'],
])('%s is asked by a browser that has %s open', (host, origin) => {
  const origins = readOrigins('https://status.example, http://plain.example:8080, http://both.example, https://both.example');
  expect(openedOrigin(readAuthority(host)!, origins, local.port)).toBe(origin);
});
