/**
 * The nats-server in the cache: what it must still be is written down beside it when it is installed.
 *
 * Invariant: a program whose SHA-256 is not the one written down is never run, not even for its version.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { judge, probeBinary, type Look } from './probe.ts';

/** `same`: as it was installed. `unrecorded`: installed before checksums were written down, or the note is lost. */
type CachedState = 'missing' | 'same' | 'changed' | 'unrecorded';

const recordOf = (program: string): string => `${program}.sha256`;

/** Written before the program is put into its place: a crash between the two leaves one that is fetched again. */
export async function recordSum(fresh: string, program: string): Promise<void> {
  const record = recordOf(program);
  await writeFile(`${record}.new`, `${await sumOf(fresh)}\n`, { mode: 0o600 });
  await rename(`${record}.new`, record);
}

async function cachedState(program: string): Promise<CachedState> {
  if (!existsSync(program)) return 'missing';
  const recorded = await readFile(recordOf(program), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (recorded === undefined) return 'unrecorded';
  return recorded === (await sumOf(program)) ? 'same' : 'changed';
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** One that is not what was installed is not run; the places after it bring another. */
export async function lookInCache(program: string): Promise<Look> {
  const state = await cachedState(program);
  if (state === 'changed')
    return {
      problem: 'the cached nats-server was changed after it was installed (its SHA-256 is another one); it is downloaded again',
    };
  if (state === 'unrecorded') return { problem: 'the cached nats-server has no checksum file beside it; it is downloaded again' };
  return judge('cache', program, state === 'missing' ? { missing: true } : await probeBinary(program));
}
