/**
 * Runs in the folder of a package, before `npm pack` and `npm publish`: builds what is packed, JavaScript and declarations, and puts the licence
 * beside it. Declarations are built only here, because nothing in the repository reads them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const { name, nx } = JSON.parse(readFileSync('package.json', 'utf8'));
const program = createRequire(import.meta.url).resolve('nx/bin/nx.js', { paths: [root] });
const wanted = ['run-many', '-t', 'build,types', '-p', `${nx?.name ?? name},manyhands`, '--outputStyle=static'];

// Set by who packs many, and has built them all at once.
if (process.env.PACK_AS_BUILT !== '1') {
  const run = spawnSync(process.execPath, [program, ...wanted], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) {
    process.stderr.write(run.stdout + run.stderr);
    process.exit(1);
  }
}
rmSync('types', { recursive: true, force: true });
cpSync(resolve(root, 'types', relative(root, process.cwd()), 'src'), 'types', { recursive: true });
copyFileSync(resolve(root, 'LICENSE'), 'LICENSE');
