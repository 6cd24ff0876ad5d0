/**
 * Finds a nats-server new enough to test on: `MANYHANDS_NATS_SERVER`, then PATH, then the caches `$MANYHANDS_HOME/bin` and
 * `<repository>/.manyhands/bin`. Throws with the command that fetches one when there is none.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldest = [2, 15] as const;
let found: string | undefined;

export function findNatsServer(): string {
  found ??= candidates().find(isNewEnough);
  if (found === undefined) {
    throw new Error(
      `no nats-server ${oldest.join('.')} or newer found: run \`npm run setup\`, or set MANYHANDS_NATS_SERVER to one`,
    );
  }
  return found;
}

function candidates(): string[] {
  const { MANYHANDS_NATS_SERVER: named, MANYHANDS_HOME: home, PATH: path = '' } = process.env;
  const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  return [
    ...(named ? [named] : []),
    ...path.split(delimiter).map((folder) => join(folder, 'nats-server')),
    ...(home ? inCache(join(home, 'bin')) : []),
    ...inCache(join(repository, '.manyhands/bin')),
  ];
}

/** The cache may keep several releases side by side, as `nats-server` or `nats-server-<version>`, as a file or a folder. */
function inCache(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith('nats-server'))
    .sort()
    .reverse()
    .flatMap((name) => [join(folder, name), join(folder, name, 'nats-server')]);
}

function isNewEnough(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const printed = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [major = 0, minor = 0] = (/v(\d+)\.(\d+)/.exec(printed) ?? []).slice(1).map(Number);
    return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  } catch {
    return false;
  }
}
