/**
 * Runs in the folder of a package, before `npm pack` and `npm publish`: builds what is packed, JavaScript and declarations, and puts the licence
 * beside it. Declarations are built only here, because nothing in the repository reads them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const { name, nx } = JSON.parse(readFileSync('package.json', 'utf8'));
const program = createRequire(import.meta.url).resolve('nx/bin/nx.js', { paths: [root] });

const run = spawnSync(process.execPath, [program, 'run', `${nx?.name ?? name}:types`, '--outputStyle=static'], {
  cwd: root,
  encoding: 'utf8',
});
if (run.status !== 0) {
  process.stderr.write(run.stdout + run.stderr);
  process.exit(1);
}
copyFileSync(resolve(root, 'LICENSE'), 'LICENSE');
