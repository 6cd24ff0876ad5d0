import { expect, test } from 'vitest';
import { RELEASE, releaseFile } from './release.ts';
import { isNewEnough } from './version.ts';

test('every platform has its archive, and the checksum it must have', () => {
  expect(releaseFile(RELEASE, 'linux', 'x64')).toEqual({
    archive: 'nats-server-v2.15.0-linux-amd64.tar.gz',
    url: 'https://github.com/nats-io/nats-server/releases/download/v2.15.0/nats-server-v2.15.0-linux-amd64.tar.gz',
    sha256: '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
    member: 'nats-server-v2.15.0-linux-amd64/nats-server',
  });
  for (const platform of ['linux', 'darwin'])
    for (const arch of ['x64', 'arm64']) expect(releaseFile(RELEASE, platform, arch)?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(releaseFile(RELEASE, 'win32', 'x64')).toMatchObject({
    archive: 'nats-server-v2.15.0-windows-amd64.zip',
    member: 'nats-server-v2.15.0-windows-amd64/nats-server.exe',
  });
  expect(new Set(Object.values(RELEASE.sha256)).size).toBe(Object.keys(RELEASE.sha256).length);
  expect(isNewEnough(RELEASE.version)).toBe(true);
});

test('an archive whose checksum we do not know is none', () => {
  for (const [platform, arch] of [
    ['sunos', 'x64'],
    ['linux', 'riscv64'],
    ['win32', 'arm64'],
  ] as const)
    expect(releaseFile(RELEASE, platform, arch)).toBeUndefined();
  expect(releaseFile({ ...RELEASE, version: '2.15.9' }, 'linux', 'x64')).toBeUndefined();
});

test('a mirror stands in for the place of the releases, not for the checksum', () => {
  expect(releaseFile(RELEASE, 'linux', 'arm64', 'https://mirror.example/nats/')).toMatchObject({
    url: 'https://mirror.example/nats/v2.15.0/nats-server-v2.15.0-linux-arm64.tar.gz',
    sha256: RELEASE.sha256['nats-server-v2.15.0-linux-arm64.tar.gz'],
  });
});
