import { chmod, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goInstall, MODULE_SUMS } from './go-install.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A stand-in for the Go command that does what `install` says. */
async function fakeGo(install: string, sum = MODULE_SUMS['2.15.2'] ?? ''): Promise<string> {
  const go = join(folder, 'go');
  await writeFile(
    go,
    `#!/bin/sh\nif [ "$1" = version ]; then echo go; exit 0; fi\nif [ "$1" = mod ]; then echo '{ "Sum": "${sum}" }'; exit 0; fi\n${install}\n`,
  );
  await chmod(go, 0o755);
  return go;
}

test('the pinned module is built into a folder of its own and then moved into the cache', async () => {
  const go = await fakeGo(
    `echo "#!/bin/sh" > "$GOBIN/nats-server"\necho "echo nats-server: v2.15.2 \\# $1 $2" >> "$GOBIN/nats-server"`,
  );
  const cacheFolder = join(folder, 'bin');
  let started = 0;
  const path = await goInstall({ version: '2.15.2', cacheFolder, go, started: () => (started += 1) });
  expect(path).toBe(join(cacheFolder, 'nats-server'));
  expect(await readdir(cacheFolder)).toEqual(['nats-server', 'nats-server.sha256']);
  expect(started).toBe(1);
});

// Seen: in a folder whose go.work names a module that is not there, and in one whose go.mod asks for a newer Go, it was not built.
test('Go runs where no module of the user is, and no workspace', async () => {
  const go = await fakeGo(`echo "$PWD $GOWORK" > ${join(folder, 'place')}; exit 1`);
  await expect(goInstall({ version: '2.15.2', cacheFolder: join(folder, 'bin'), go })).rejects.toThrow();
  expect(await readFile(join(folder, 'place'), 'utf8')).toBe(`${await realpath(tmpdir())} off\n`);
});

test('without a Go toolchain the reason says so and building is not announced', async () => {
  let started = 0;
  const going = goInstall({
    version: '2.15.2',
    cacheFolder: join(folder, 'bin'),
    go: join(folder, 'nothing'),
    started: () => (started += 1),
  });
  await expect(going).rejects.toThrow('there is no Go toolchain');
  expect(started).toBe(0);
});

test('a build that fails gives the last line the toolchain wrote and leaves nothing behind', async () => {
  const go = await fakeGo('echo "go: downloading" >&2; echo "go: module lookup disabled" >&2; exit 1');
  const cacheFolder = join(folder, 'bin');
  await expect(goInstall({ version: '2.15.2', cacheFolder, go })).rejects.toThrow('go: module lookup disabled');
  expect(await readdir(cacheFolder)).toEqual([]);
});

test('a module with another hash, or a version whose hash is not known, is not built', async () => {
  const cacheFolder = join(folder, 'bin');
  const built = join(folder, 'built');
  await expect(goInstall({ version: '2.15.2', cacheFolder, go: await fakeGo(`touch ${built}`, 'h1:other=') })).rejects.toThrow(
    /the download of the Go module 2\.15\.2 is not the right one: its hash is h1:other=, not h1:/,
  );
  await expect(goInstall({ version: '2.15.3', cacheFolder, go: await fakeGo(`touch ${built}`) })).rejects.toThrow(
    'no checksum of the Go module 2.15.3 is known',
  );
  expect(await readdir(folder)).not.toContain('built');
});
