import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordSum } from './cached.ts';
import { findNatsServer } from './find.ts';

let folder: string;
let lines: string[];
const say = (line: string): void => void lines.push(line);

beforeEach(async () => {
  lines = [];
  folder = await mkdtemp(join(tmpdir(), 'find-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function fakeServer(into: string, says: string): Promise<string> {
  const path = join(into, 'nats-server');
  await mkdir(into, { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${says}"\n`);
  await chmod(path, 0o755);
  return path;
}

/** As an installation leaves it. */
async function installed(says: string): Promise<string> {
  const program = await fakeServer(join(folder, 'cache'), says);
  await recordSum(program, program);
  return program;
}

const path = (name: string): NodeJS.ProcessEnv => ({ PATH: `${join(folder, name)}:/usr/bin:/bin` });

test('a server on PATH that is too old is passed over for the one in the cache', async () => {
  await fakeServer(join(folder, 'old'), 'nats-server: v2.9.10');
  const cached = await installed('nats-server: v2.15.2');
  expect(await findNatsServer({ cacheFolder: join(folder, 'cache'), env: path('old'), say })).toBe(cached);
  expect(lines).toEqual([
    'nats-server: PATH has 2.9.10, too old (need 2.15)',
    `nats-server: using 2.15.2 from cache (${cached})`,
  ]);
});

test('a server on PATH that is new enough is used before the cache', async () => {
  const onPath = await fakeServer(join(folder, 'new'), 'nats-server: v2.16.0');
  await fakeServer(join(folder, 'cache'), 'nats-server: v2.15.2');
  expect(await findNatsServer({ cacheFolder: join(folder, 'cache'), env: path('new'), say })).toBe(onPath);
});

test('an old server on PATH does not hide a newer one further along it', async () => {
  await fakeServer(join(folder, 'old'), 'nats-server: v2.9.10');
  const newer = await fakeServer(join(folder, 'new'), 'nats-server: v2.15.2');
  const env = { PATH: `${join(folder, 'nothing')}:${join(folder, 'old')}:${join(folder, 'new')}` };
  expect(await findNatsServer({ cacheFolder: folder, env, say })).toBe(newer);
});

test('the server somebody named is used before PATH, and refused when it is too old or not there', async () => {
  await fakeServer(join(folder, 'new'), 'nats-server: v2.16.0');
  const named = await fakeServer(join(folder, 'named'), 'nats-server: v2.15.0');
  const env = { ...path('new'), MANYHANDS_NATS_SERVER: named };
  expect(await findNatsServer({ cacheFolder: folder, env, say })).toBe(named);

  await fakeServer(join(folder, 'named'), 'nats-server: v2.14.0');
  await expect(findNatsServer({ cacheFolder: folder, env, say })).rejects.toThrow(
    /has 2\.14\.0, too old \(need 2\.15\)\. Correct it, or unset it/,
  );
  await expect(
    findNatsServer({ cacheFolder: folder, env: { ...env, MANYHANDS_NATS_SERVER: join(folder, 'nothing') }, say }),
  ).rejects.toThrow(/none in the MANYHANDS_NATS_SERVER/);
});

test('a server in the cache that is not what was installed there is not run, and another is fetched', async () => {
  const cached = await installed('nats-server: v2.15.2');
  await writeFile(cached, `#!/bin/sh\ntouch ${join(folder, 'ran')}\necho "nats-server: v2.15.2"\n`);
  const env = { ...path('nothing'), MANYHANDS_NATS_RELEASES: 'http://127.0.0.1:1' };
  await mkdir(join(folder, 'nothing'));
  const before = process.env['PATH'];
  process.env['PATH'] = join(folder, 'nothing');
  try {
    await expect(findNatsServer({ cacheFolder: join(folder, 'cache'), env, say })).rejects.toThrow(
      /could be found, downloaded or built/,
    );
    expect(lines).toContain(
      'nats-server: the cached nats-server was changed after it was installed (its SHA-256 is another one); it is downloaded again',
    );
    expect(lines).toContain('nats-server: release: http://127.0.0.1:1 is not used: only https is allowed');
    await rm(`${cached}.sha256`);
    await expect(findNatsServer({ cacheFolder: join(folder, 'cache'), env, say })).rejects.toThrow();
    expect(lines).toContain('nats-server: the cached nats-server has no checksum file beside it; it is downloaded again');
    await expect(access(join(folder, 'ran'))).rejects.toThrow();
  } finally {
    process.env['PATH'] = before;
  }
});
