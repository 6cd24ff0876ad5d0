import { expect, test } from 'vitest';
import { checksumOf, releaseFile } from './release.ts';

test.each([
  ['linux', 'x64', 'nats-server-v2.15.2-linux-amd64'],
  ['linux', 'arm64', 'nats-server-v2.15.2-linux-arm64'],
  ['darwin', 'x64', 'nats-server-v2.15.2-darwin-amd64'],
  ['darwin', 'arm64', 'nats-server-v2.15.2-darwin-arm64'],
  ['win32', 'x64', 'nats-server-v2.15.2-windows-amd64'],
  ['win32', 'arm64', 'nats-server-v2.15.2-windows-arm64'],
])('the archive for %s %s is %s.zip', (platform, arch, folder) => {
  const file = releaseFile('2.15.2', platform, arch);
  const base = 'https://github.com/nats-io/nats-server/releases/download/v2.15.2';
  expect(file).toEqual({
    archive: `${folder}.zip`,
    archiveUrl: `${base}/${folder}.zip`,
    checksumsUrl: `${base}/SHA256SUMS`,
    member: `${folder}/nats-server${platform === 'win32' ? '.exe' : ''}`,
  });
});

test('a platform without a release has no file', () => {
  expect(releaseFile('2.15.2', 'sunos', 'x64')).toBeUndefined();
  expect(releaseFile('2.15.2', 'linux', 'riscv64')).toBeUndefined();
});

test('the checksum is taken from the line of exactly that file', () => {
  const sum = 'AB'.repeat(32);
  const list = `${'0'.repeat(64)}  nats-server.zip.sig\n${sum}  nats-server.zip\nshort  other.zip\n${'1'.repeat(64)} *starred.zip\n`;
  expect(checksumOf('nats-server.zip', list)).toBe('ab'.repeat(32));
  expect(checksumOf('starred.zip', list)).toBe('1'.repeat(64));
  expect(checksumOf('other.zip', list)).toBeUndefined();
  expect(checksumOf('server.zip', list)).toBeUndefined();
});
