/**
 * The lockfile is the same wherever it is used: it holds every platform, names no host, and no npm has a reason to write it anew.
 *
 * `.npmrc` hides npm's warnings, because npm compares engines with the Node it runs on itself, while everything here is run by the Node that
 * the lockfile brings. What those warnings would say is checked here, against the right Node.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

interface Entry {
  version: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  engines?: { node?: string };
  deprecated?: string;
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const lockfile = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
const entries = Object.entries(lockfile.packages);
const fetched = entries.filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true);

const platforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-x64-msvc',
];

/** Every package that has a build for each platform, and the platforms that have to be there. */
const native = {
  '@swc/core-': platforms,
  '@nx/nx-': platforms,
  '@rolldown/binding-': platforms,
  '@tailwindcss/oxide-': platforms,
  'lightningcss-': platforms,
  node: ['-bin-darwin-arm64', '-darwin-x64', '-linux-arm64', '-linux-x64', '-win-x64'],
};

/** The Node that runs everything: one package for each platform. */
const bundledNodes = entries
  .filter(([path]) => /^node_modules\/node-(bin-)?(darwin|linux|win)-/.test(path))
  .map(([, { version }]) => version);

describe('the lockfile', () => {
  it.each(Object.entries(native).flatMap(([name, suffixes]) => suffixes.map((suffix) => name + suffix)))('holds %s', (name) => {
    expect(lockfile.packages).toHaveProperty([`node_modules/${name}`, 'integrity']);
  });

  it('holds every optional package that one of its packages names', () => {
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => resolve(path, name) === undefined)
        .map((name) => `${name} of ${path || 'the repository'}`),
    );
    expect(missing).toEqual([]);
  });

  it('has a checksum for everything that is fetched, and the address of nothing', () => {
    expect(fetched.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
    expect(fetched.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('has no `libc`, which npm 11 writes and npm 10 removes: every install would change the file for one of the two', () => {
    const changed = entries.filter(([, { libc }]) => libc !== undefined).map(([path]) => path);
    expect(changed, 'run: npx npm@10 install --package-lock-only').toEqual([]);
  });

  it('has only packages that accept the Node it brings', () => {
    expect(bundledNodes).toHaveLength(5);
    const refusals = bundledNodes.flatMap((node) =>
      entries
        .filter(([, { engines }]) => engines?.node !== undefined && !semver.satisfies(node, engines.node))
        .map(([path, { engines }]) => `${path} wants ${engines!.node}, and this is ${node}`),
    );
    expect(refusals).toEqual([]);
  });

  it('has no package that its author has given up', () => {
    expect(
      entries.filter(([, { deprecated }]) => deprecated !== undefined).map(([path, { deprecated }]) => `${path}: ${deprecated}`),
    ).toEqual([]);
  });
});

/** Where Node looks for `name` from `from`: beside it, and then further and further out. */
function resolve(from: string, name: string): string | undefined {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    const path = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (path in lockfile.packages) return path;
    if (place === '' || !place.includes('node_modules/'))
      return `node_modules/${name}` in lockfile.packages ? `node_modules/${name}` : undefined;
  }
}
