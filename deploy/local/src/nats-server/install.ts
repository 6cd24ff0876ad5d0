/**
 * Puts a new nats-server binary into the cache: it is written beside its place, run once, and then moved there in one step.
 *
 * Invariant: a process that reads the cache finds no binary, or a complete one that runs, also while two installations run at once.
 */
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSum } from './cached.ts';
import { probeBinary } from './probe.ts';
import { binaryName } from './release.ts';

/**
 * `fetch` writes the binary under the path it is given. Returns where it now is. Throws a one-line reason when the binary
 * does not run here or is another version than asked for.
 */
export async function installBinary(
  cacheFolder: string,
  version: string,
  fetch: (folder: string, path: string) => Promise<void>,
): Promise<string> {
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(cacheFolder, '.installing-'));
  try {
    const fresh = join(folder, binaryName(process.platform));
    await fetch(folder, fresh);
    await chmod(fresh, 0o755);
    const probe = await probeBinary(fresh);
    if (!('version' in probe))
      throw new Error(`the downloaded nats-server does not run here${'broken' in probe ? `: ${probe.broken}` : ''}`);
    if (probe.version !== version) throw new Error(`the downloaded nats-server is ${probe.version}, not ${version}`);
    const place = join(cacheFolder, binaryName(process.platform));
    await recordSum(fresh, place);
    await rename(fresh, place);
    return place;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
