/**
 * Fetches the peers' packages on first use, pinned, and nowhere near the product's own: Node's beside this file, Python's in a virtual environment under
 * `.manyhands/bench`. Later runs find them there.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;

/** Versions by name. */
export type Versions = Readonly<Record<string, string>>;

/** Throws a sentence when they cannot be had. Asked more than once, it works once. */
export const nodePackages = once(async (): Promise<Versions> => {
  const folder = join(here, 'node_modules');
  await upToDate(folder, join(here, 'package-lock.json'), 'npm packages of the peers', () =>
    // Not `npm ci`: it refuses the lock on a platform whose optional packages it does not list.
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: here }),
  );
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { dependencies: Versions };
  return dependencies;
});

export const pythonPackages = once(async (): Promise<{ path: string; versions: Versions }> => {
  const folder = resolve(here, '../../.manyhands/bench/python');
  const path = join(folder, 'bin/python');
  const pinned = join(here, 'requirements.txt');
  await upToDate(folder, pinned, 'Python packages of the peers', async () => {
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(path, ['-m', 'pip', 'install', '--quiet', '--requirement', pinned]);
  });
  const versions = readFileSync(pinned, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('==') as [string, string]);
  return { path, versions: Object.fromEntries(versions) };
});

/** Installs into `folder` unless it was filled from the very same `pinned` file. */
async function upToDate(folder: string, pinned: string, what: string, install: () => Promise<unknown>): Promise<void> {
  const stamp = join(folder, '.installed-from');
  const wanted = createHash('sha256').update(readFileSync(pinned)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`installing the ${what} (first use)`);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await install();
  } catch (error) {
    const lines = ((error as { stderr?: string }).stderr ?? String(error)).trim().split('\n');
    throw new Error(`the ${what} cannot be installed: ${lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1)}`);
  }
  writeFileSync(stamp, wanted);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= work());
}
