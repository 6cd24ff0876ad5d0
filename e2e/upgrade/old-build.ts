/**
 * An earlier state of the services, built from the history of this repository: what runs beside the new ones while an upgrade goes on.
 *
 * It is built with the packages that are installed now, so it is the code, messages and streams of then, not its dependencies.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { repository } from '../fixture/system.ts';

/** From before accounts, traces, batches and most kinds. When there are releases, the last of the minor version before takes its place. */
const OLD_COMMIT = '851c45ea';

const built = ['proto', 'libs/actor', 'libs/broker', 'libs/nats', 'libs/nats-nest', 'libs/observe', 'libs/worker', 'sdk'];
const services = ['services/coordinator', 'services/compute'];

/** A clone without history has none. */
export function hasHistory(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${OLD_COMMIT}^{commit}`], { cwd: repository, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Returns the folder that has `services/coordinator/dist` and `services/compute/dist`. It is kept for the next run. */
export function oldBuild(): string {
  const cache = join(repository, 'node_modules/.cache/old-build');
  const folder = join(cache, OLD_COMMIT);
  if (existsSync(folder)) return folder;
  const fresh = join(cache, `${OLD_COMMIT}.${process.pid}`);
  mkdirSync(fresh, { recursive: true });
  const files = execFileSync('git', ['archive', OLD_COMMIT, 'package.json', '.swcrc', ...built, ...services], {
    cwd: repository,
    maxBuffer: 256 * 1024 ** 2,
  });
  execFileSync('tar', ['-x', '-C', fresh], { input: files });
  linkPackages(fresh);
  const env = { ...process.env, PATH: `${join(repository, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  for (const room of [...built, ...services])
    execFileSync('sh', ['-c', manifestOf(fresh, room).scripts.build], { cwd: join(fresh, room), env, stdio: 'ignore' });
  try {
    renameSync(fresh, folder);
  } catch {
    // Another run was first.
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** Packages of others are those of this repository; ours are those of then. */
function linkPackages(folder: string): void {
  const here = join(repository, 'node_modules');
  const there = join(folder, 'node_modules');
  mkdirSync(join(there, '@manyhands'), { recursive: true });
  for (const name of readdirSync(here))
    if (name !== '@manyhands' && !name.startsWith('.')) symlinkSync(join(here, name), join(there, name));
  for (const room of built) {
    // Relative, so that the folder may be moved.
    const link = join(there, manifestOf(folder, room).name);
    symlinkSync(relative(dirname(link), join(folder, room)), link);
  }
  for (const own of globSync('{libs,services}/*/node_modules', { cwd: repository }))
    if (existsSync(join(folder, own, '..'))) symlinkSync(join(repository, own), join(folder, own));
}

function manifestOf(folder: string, room: string): { name: string; scripts: { build: string } } {
  return JSON.parse(readFileSync(join(folder, room, 'package.json'), 'utf8')) as ReturnType<typeof manifestOf>;
}
