/**
 * Gathers what runs, of a clone that is built, in a new folder: the services, what they import, the dashboard, their packages, and sbom.spdx.json, which lists those.
 *
 *   node deploy/gather.mjs <folder> [--no-install]
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const [folder, option] = process.argv.slice(2);

/** @param {string} sentence */
function refuse(sentence) {
  process.stderr.write(`gather.mjs: ${sentence}\n`);
  process.exit(1);
}

if (folder === undefined || (option !== undefined && option !== '--no-install'))
  refuse('usage: node deploy/gather.mjs <folder> [--no-install]');
const target = resolve(folder);
if (existsSync(target)) refuse(`${target} is there already; name a new folder.`);
for (const built of ['services/gateway/dist/main.js', 'web/build'])
  if (!existsSync(join(root, built))) refuse(`${built} is not built: npm ci && npm run build`);

/** @param {string} path */
function take(path) {
  if (existsSync(join(root, path))) cpSync(join(root, path), join(target, path), { recursive: true });
}

mkdirSync(target, { recursive: true });
for (const file of ['package.json', 'package-lock.json', '.npmrc', 'README.md', 'LICENSE']) take(file);
// npm wants each workspace that the lock names; those that nothing here imports are no more than their name.
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
for (const workspace of globSync(workspaces, { cwd: root })) {
  take(join(workspace, 'package.json'));
  if (/^(proto|sdk|libs|services)\b/.test(workspace)) take(join(workspace, 'dist'));
}
take('web/build');

if (option === undefined) {
  const services = globSync('services/*', { cwd: root }).flatMap((service) => ['-w', service]);
  const omitted = ['--omit=dev', '--omit=optional', '--omit=peer', ...services];
  execFileSync('npm', ['ci', '--ignore-scripts', ...omitted], { cwd: target, stdio: 'inherit' });
  const list = ['sbom', '--package-lock-only', '--sbom-format=spdx', ...omitted];
  writeFileSync(join(target, 'sbom.spdx.json'), execFileSync('npm', list, { cwd: target, maxBuffer: 64 * 1024 ** 2 }));
}

// Other accounts run it, whatever may be read by others in the clone and in what its owner makes.
execFileSync('chmod', ['-R', 'a+rX,go-w', target]);
