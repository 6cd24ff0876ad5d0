import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf } from './home.ts';
import { openHome } from './home-folder.ts';
import { Refusal } from './refusal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'home-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const home = (name: string) => homeOf({ MANYHANDS_HOME: join(folder, name) });
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a new home is closed to other accounts, whatever the umask', () => {
  const before = process.umask(0);
  try {
    openHome(home('new'));
  } finally {
    process.umask(before);
  }
  expect(modeOf(join(folder, 'new'))).toBe(0o700);
});

// Seen: the start never returned, and took no Ctrl-C.
test.runIf(process.platform === 'linux')('a place where no folder can be made is refused', () => {
  for (const path of ['/proc/x', '/proc/x/y'])
    expect(() => openHome(homeOf({ MANYHANDS_HOME: path }))).toThrow(`${path}, cannot be used: no folder can be made there. `);
  symlinkSync(join(folder, 'none'), join(folder, 'dangling'));
  expect(() => openHome(home('dangling'))).toThrow('no folder can be made there');
});

test('a home that an earlier setup left open is closed', () => {
  mkdirSync(join(folder, 'old', 'bin'), { recursive: true });
  writeFileSync(join(folder, 'old', 'lock'), '');
  chmodSync(join(folder, 'old'), 0o777);
  openHome(home('old'));
  expect(modeOf(join(folder, 'old'))).toBe(0o700);
});

test('an open folder that holds other things is refused, and stays as it is', () => {
  mkdirSync(join(folder, 'shared'), { mode: 0o755 });
  writeFileSync(join(folder, 'shared', 'diary'), '');
  expect(() => openHome(home('shared'))).toThrow(
    /shared, can be read by other accounts and has other files in it \(diary\)\. .*chmod 700 /,
  );
  expect(modeOf(join(folder, 'shared'))).toBe(0o755);
  chmodSync(join(folder, 'shared'), 0o700);
  openHome(home('shared'));
});

test('a file in its place, or on the way to it, is a sentence that names the folder', () => {
  writeFileSync(join(folder, 'file'), '');
  for (const name of ['file', 'file/below']) {
    expect(() => openHome(home(name))).toThrow(Refusal);
    expect(() => openHome(home(name))).toThrow(
      `The folder for all data, ${join(folder, name)}, cannot be used: there is a file in its place. Name another with MANYHANDS_HOME`,
    );
  }
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written is a sentence', () => {
  mkdirSync(join(folder, 'locked'), { mode: 0o500 });
  for (const name of ['locked', 'locked/below'])
    expect(() => openHome(home(name))).toThrow(/cannot be used: this account may not write there/);
});

test('the same home has one path, however it was reached', () => {
  const real = openHome(home('real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  expect(openHome(home('link'))).toEqual(real);
  expect(existsSync(real.folder)).toBe(true);
});
