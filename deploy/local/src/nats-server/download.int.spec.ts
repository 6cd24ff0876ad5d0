import { createHash } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloadRelease } from './download.ts';

const version = '2.15.2';
const archiveName = 'nats-server-v2.15.2-linux-amd64.zip';

let cacheFolder: string;
let server: Server | undefined;
let asked: string[];

beforeEach(async () => {
  asked = [];
  cacheFolder = await mkdtemp(join(tmpdir(), 'download-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await rm(cacheFolder, { recursive: true, force: true });
});

async function publish(answer: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases/download`;
}

function archiveOf(says: string, member = 'nats-server-v2.15.2-linux-amd64/nats-server'): Uint8Array {
  return zipSync({ [member]: strToU8(`#!/bin/sh\necho "${says}"\n`), 'nats-server-v2.15.2-linux-amd64/README.md': strToU8('read me') });
}

function releaseOf(archive: Uint8Array, sum = createHash('sha256').update(archive).digest('hex')): RequestListener {
  return (request, response) => {
    if (request.url?.endsWith('/SHA256SUMS')) response.end(`${'0'.repeat(64)}  other.zip\n${sum}  ${archiveName}\n`);
    else if (request.url?.endsWith(`/${archiveName}`)) response.end(archive);
    else response.writeHead(404).end();
  };
}

const download = (baseUrl: string, giveUpMs = 5_000): Promise<string> =>
  downloadRelease({ version, cacheFolder, baseUrl, platform: 'linux', arch: 'x64', giveUpMs });

async function expectEmptyCache(): Promise<void> {
  expect(await readdir(cacheFolder)).toEqual([]);
}

test('a release whose checksum is the published one ends up in the cache, ready to run', async () => {
  const baseUrl = await publish(releaseOf(archiveOf('nats-server: v2.15.2')));
  const path = await download(baseUrl);
  expect(path).toBe(join(cacheFolder, 'nats-server'));
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  expect(await readFile(path, 'utf8')).toContain('v2.15.2');
  expect(await readdir(cacheFolder)).toEqual(['nats-server']);
  expect(asked).toEqual([`/releases/download/v${version}/SHA256SUMS`, `/releases/download/v${version}/${archiveName}`]);
});

test('an archive with another checksum is refused and nothing is written', async () => {
  const baseUrl = await publish(releaseOf(archiveOf('nats-server: v2.15.2'), 'f'.repeat(64)));
  await expect(download(baseUrl)).rejects.toThrow(/checksum of nats-server-v2\.15\.2-linux-amd64\.zip is .*, published is ffffffffffff…/);
  await expectEmptyCache();
});

test('an archive that is not in the list of checksums is not even fetched', async () => {
  const baseUrl = await publish((_request, response) => response.end(`${'0'.repeat(64)}  other.zip\n`));
  await expect(download(baseUrl)).rejects.toThrow(`SHA256SUMS does not list ${archiveName}`);
  expect(asked).toHaveLength(1);
});

test('a release that is not there is a reason of one line', async () => {
  const baseUrl = await publish((_request, response) => response.writeHead(404).end());
  await expect(download(baseUrl)).rejects.toThrow(`404 from ${baseUrl}/v${version}/SHA256SUMS`);
});

test('a server that never answers is given up on', async () => {
  const baseUrl = await publish(() => undefined);
  await expect(download(baseUrl, 100)).rejects.toThrow(/no answer from 127\.0\.0\.1:\d+ within 0\.1 s/);
});

test('a download that stalls half way is given up on and leaves nothing behind', async () => {
  const archive = archiveOf('nats-server: v2.15.2');
  const whole = releaseOf(archive);
  const baseUrl = await publish((request, response) => {
    if (!request.url?.endsWith('.zip')) return whole(request, response);
    response.writeHead(200, { 'content-length': archive.byteLength }).write(archive.subarray(0, 20));
  });
  await expect(download(baseUrl, 100)).rejects.toThrow(/no answer from/);
  await expectEmptyCache();
});

test('a place nobody listens on is a reason of one line', async () => {
  const baseUrl = await publish(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await expect(download(baseUrl)).rejects.toThrow(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
});

test('an archive without the binary, or with one of another version, never reaches the cache', async () => {
  await expect(download(await publish(releaseOf(archiveOf('nats-server: v2.15.2', 'elsewhere/nats-server'))))).rejects.toThrow(/holds no/);
  server?.close();
  await expect(download(await publish(releaseOf(archiveOf('nats-server: v2.14.0'))))).rejects.toThrow('what came is 2.14.0, not 2.15.2');
  await expect(access(join(cacheFolder, 'nats-server'))).rejects.toThrow();
  await expectEmptyCache();
});

test('a platform without a release is a reason of one line', async () => {
  await expect(downloadRelease({ version, cacheFolder, platform: 'sunos', arch: 'x64' })).rejects.toThrow('there is no release for sunos x64');
});
