/**
 * Before this package is packed: puts the built services and the dashboard into it, in the places they have in the repository, so that each finds the
 * others by the same relative paths. `--remove` takes them out again.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const services = ['gateway', 'coordinator', 'compute', 'metrics'];
const here = (path) => resolve(import.meta.dirname, path);

for (const copy of ['services', 'web']) rmSync(here(copy), { recursive: true, force: true });
if (!process.argv.includes('--remove')) {
  if (process.env.PACK_AS_BUILT !== '1') {
    const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js', { paths: [root] });
    const projects = [...services, 'web'].map((name) => `@manyhands/${name}`).join(',');
    const run = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build', '-p', projects, '--outputStyle=static'], {
      cwd: root,
      encoding: 'utf8',
    });
    if (run.status !== 0) {
      process.stderr.write(run.stdout + run.stderr);
      process.exit(1);
    }
  }
  const isShipped = (path) => !path.endsWith('.map');
  for (const service of services) {
    // The gateway states its version.
    cpSync(resolve(root, 'services', service, 'package.json'), here(`services/${service}/package.json`));
    cpSync(resolve(root, 'services', service, 'dist'), here(`services/${service}/dist`), { recursive: true, filter: isShipped });
  }
  cpSync(resolve(root, 'web/build'), here('web/build'), { recursive: true, filter: isShipped });
}
