/** Packs what can be installed, and runs commands as a user who does not sit in this repository. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from '../fixture/system.ts';

interface Manifest {
  name: string;
  private?: boolean;
  workspaces?: string[];
  description?: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** All workspaces without `private`. */
export const packages = globSync(readManifest(repository).workspaces ?? [], { cwd: repository })
  .filter((folder) => existsSync(join(repository, folder, 'package.json')))
  .map((folder) => ({ folder, manifest: readManifest(join(repository, folder)) }))
  .filter(({ manifest }) => manifest.private !== true);

/** The environment of a user who does not sit in this repository. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(NX_|VITEST|NODE_OPTIONS|MANYHANDS_)|^npm_(?!config_(registry|cache|userconfig))/i.test(name),
  ),
);

/** What reached the registry when this repository was installed: the npm that runs the tests, on its own Node. */
const { npm_node_execpath: nodeOfNpm = process.execPath, npm_execpath: npmProgram } = process.env;
export const npm = npmProgram === undefined ? ['npm'] : [nodeOfNpm, npmProgram];

/** Returns what it printed on standard output. Throws with everything it printed. */
export function run([command = '', ...args]: string[], cwd: string, env: NodeJS.ProcessEnv = environment): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env, timeout: 600_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`.slice(0, 8_000));
  return stdout;
}

export interface Packed {
  name: string;
  filename: string;
  files: { path: string }[];
}

/** Into a folder that is there. The first builds itself, as each does where it is published; it builds what it needs, and all others are built at once. */
export function packAll(tarballs: string): Packed[] {
  const [first, ...others] = packages.map(({ manifest }) => manifest.name);
  const pack = (names: readonly (string | undefined)[], env: NodeJS.ProcessEnv): Packed[] =>
    JSON.parse(
      run(
        [...npm, 'pack', '--silent', '--json', `--pack-destination=${tarballs}`, ...names.map((name) => `--workspace=${name}`)],
        repository,
        env,
      ),
    ) as Packed[];
  const packed = pack([first], environment);
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js', { paths: [repository] });
  run([process.execPath, nx, 'run-many', '-t', 'build,types', '--outputStyle=static'], repository);
  return [...packed, ...pack(others, { ...environment, PACK_AS_BUILT: '1' })];
}
