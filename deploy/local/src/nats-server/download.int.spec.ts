import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { downloadRelease } from './download.ts';
import type { Release } from './release.ts';

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');
const certificate = fixture('localhost.crt');
const version = '2.15.0';
const folderName = `nats-server-v${version}-linux-amd64`;
const archiveName = `${folderName}.tar.gz`;

let cacheFolder: string;
let asked: string[];
const servers: Server[] = [];
const sockets = new Set<Socket>();

// Other files run in this process, and one of them holds that our certificate is not believed.
const believed = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...believed, certificate]));
afterAll(() => setDefaultCACertificates(believed));
beforeEach(async () => {
  asked = [];
  cacheFolder = await mkdtemp(join(tmpdir(), 'download-'));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await rm(cacheFolder, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function publish(answer: RequestListener): Promise<string> {
  const heard: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  };
  return `https://127.0.0.1:${await listen(createServer({ cert: certificate, key: fixture('localhost.key') }, heard))}/releases/download`;
}

/** A tar of two files, as `tar` writes one. */
function archiveOf(says: string, member = `${folderName}/nats-server`): Uint8Array {
  const entry = (name: string, text: string): Buffer => {
    const block = Buffer.alloc(512 + Math.ceil(Buffer.byteLength(text) / 512) * 512);
    block.write(name, 0);
    block.write(Buffer.byteLength(text).toString(8).padStart(11, '0'), 124);
    block.write(text, 512);
    return block;
  };
  return gzipSync(
    Buffer.concat([
      entry(`${folderName}/README.md`, 'read me\n'.repeat(100)),
      entry(member, `#!/bin/sh\necho "${says}"\n`),
      Buffer.alloc(1024),
    ]),
  );
}

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const releaseOf = (archive: Uint8Array): Release => ({ version, sha256: { [archiveName]: sumOf(archive) } });
const answering =
  (archive: Uint8Array): RequestListener =>
  (request, response) =>
    request.url?.endsWith(`/${archiveName}`) ? response.end(archive) : response.writeHead(404).end();
const good = archiveOf('nats-server: v2.15.0');

const download = (
  baseUrl: string,
  {
    release = releaseOf(good),
    giveUpMs = 5_000,
    env = {},
  }: { release?: Release; giveUpMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> => downloadRelease({ release, cacheFolder, baseUrl, platform: 'linux', arch: 'x64', giveUpMs, env });

async function expectEmptyCache(): Promise<void> {
  expect(await readdir(cacheFolder)).toEqual([]);
}

test('a release with the checksum of our source ends up in the cache, ready to run, with its checksum beside it', async () => {
  const baseUrl = await publish(answering(good));
  const path = await download(baseUrl);
  expect(path).toBe(join(cacheFolder, 'nats-server'));
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  expect(await readFile(`${path}.sha256`, 'utf8')).toBe(`${sumOf(await readFile(path))}\n`);
  expect(await readdir(cacheFolder)).toEqual(['nats-server', 'nats-server.sha256']);
  // Nothing that comes from there says what is right.
  expect(asked).toEqual([`/releases/download/v${version}/${archiveName}`]);
});

test('the archive of Windows is a zip', async () => {
  const name = `nats-server-v${version}-windows-amd64`;
  const archive = zipSync({ [`${name}/nats-server.exe`]: strToU8('#!/bin/sh\necho "nats-server: v2.15.0"\n') });
  const baseUrl = await publish((_request, response) => response.end(archive));
  await downloadRelease({
    release: { version, sha256: { [`${name}.zip`]: sumOf(archive) } },
    cacheFolder,
    baseUrl,
    platform: 'win32',
    arch: 'x64',
  });
  expect(asked[0]).toMatch(/windows-amd64\.zip$/);
});

test('an archive with another checksum is refused and nothing is written, also when its place says that it is right', async () => {
  const other = archiveOf('nats-server: v2.15.0 # and more');
  const baseUrl = await publish((request, response) =>
    request.url?.endsWith('SHA256SUMS') ? response.end(`${sumOf(other)}  ${archiveName}\n`) : response.end(other),
  );
  await expect(download(baseUrl)).rejects.toThrow(
    /the download of nats-server-v2\.15\.0-linux-amd64\.tar\.gz is not the right file: its SHA-256 is .*…, not .*…/,
  );
  await expectEmptyCache();
});

test('an archive whose checksum we do not know is not even asked for', async () => {
  const baseUrl = await publish(answering(good));
  await expect(download(baseUrl, { release: { version, sha256: {} } })).rejects.toThrow(
    'no checksum of nats-server 2.15.0 for linux x64 is known, so it is not downloaded',
  );
  expect(asked).toEqual([]);
});

test('plain http is not asked, nor followed to', async () => {
  const plain = `http://127.0.0.1:${await listen(createPlain((request, response) => (asked.push(`plain ${request.url}`), response.end(good))))}`;
  await expect(download(plain)).rejects.toThrow(`${plain} is not used: only https is allowed`);
  const baseUrl = await publish((_request, response) => response.writeHead(302, { location: `${plain}/x` }).end());
  await expect(download(baseUrl)).rejects.toThrow(`${plain} is not used: only https is allowed`);
  expect(asked.filter((what) => what.startsWith('plain'))).toEqual([]);
});

test('a place that sends on to another is followed, and one that does so for ever is not', async () => {
  const baseUrl = await publish((request, response) =>
    request.url === '/there' ? response.end(good) : response.writeHead(302, { location: '/there' }).end(),
  );
  await download(baseUrl);
  const endless = await publish((_request, response) => response.writeHead(302, { location: '/again' }).end());
  await expect(download(endless)).rejects.toThrow(/redirects more than 5 times/);
});

// Seen: what `npx` had installed through a proxy of .npmrc could not be followed by nats-server.
test.each(['HTTPS_PROXY', 'https_proxy', 'npm_config_https_proxy', 'npm_config_proxy'])(
  '%s is gone through, and NO_PROXY is heeded',
  async (name) => {
    const baseUrl = await publish(answering(good));
    const connects: string[] = [];
    const proxy = createPlain();
    proxy.on('connect', (request, client: Socket) => {
      connects.push(request.url ?? '');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      sockets.add(upstream);
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
      upstream.pipe(client).pipe(upstream);
    });
    const env = { [name]: `http://127.0.0.1:${await listen(proxy)}` };
    await download(baseUrl, { env });
    expect(connects).toEqual([new URL(baseUrl).host]);
    await download(baseUrl, { env: { ...env, NO_PROXY: '127.0.0.1' } });
    expect(connects).toHaveLength(1);
  },
);

test('a release that is not there is a reason of one line', async () => {
  const baseUrl = await publish((_request, response) => response.writeHead(404).end());
  await expect(download(baseUrl)).rejects.toThrow(`404 from ${baseUrl}/v${version}/${archiveName}`);
});

test('a server that never answers is given up on', async () => {
  const baseUrl = await publish(() => undefined);
  await expect(download(baseUrl, { giveUpMs: 300 })).rejects.toThrow(/no answer from 127\.0\.0\.1:\d+ within 0\.3 s/);
});

test('a download that stalls half way is given up on, one that is cut off is told, and neither leaves anything behind', async () => {
  const stalls = await publish(
    (_request, response) => void response.writeHead(200, { 'content-length': good.byteLength }).write(good.subarray(0, 20)),
  );
  await expect(download(stalls, { giveUpMs: 300 })).rejects.toThrow(/no answer from/);
  const cut = await publish((_request, response) => {
    response.writeHead(200, { 'content-length': good.byteLength }).write(good.subarray(0, 20), () => response.destroy());
  });
  await expect(download(cut)).rejects.toThrow(/cannot reach 127\.0\.0\.1:\d+ \(/);
  await expectEmptyCache();
});

test('a place nobody listens on is a reason of one line', async () => {
  const baseUrl = await publish(() => undefined);
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await expect(download(baseUrl)).rejects.toThrow(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
});

test('an archive without the binary, or with one of another version, never reaches the cache', async () => {
  const without = archiveOf('nats-server: v2.15.0', 'elsewhere/nats-server');
  await expect(download(await publish(answering(without)), { release: releaseOf(without) })).rejects.toThrow(/holds no/);
  const old = archiveOf('nats-server: v2.14.0');
  await expect(download(await publish(answering(old)), { release: releaseOf(old) })).rejects.toThrow(
    'the downloaded nats-server is 2.14.0, not 2.15.0',
  );
  await expect(access(join(cacheFolder, 'nats-server'))).rejects.toThrow();
  await expectEmptyCache();
});
