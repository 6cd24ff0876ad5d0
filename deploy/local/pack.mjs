/**
 * Before this package is packed: puts the built services and the dashboard into it, in the places they have in the repository, so that each finds the
 * others by the same relative paths. `--remove` takes them out again.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';

const root = resolve(import.meta.dirname, '../..');
const services = ['gateway', 'coordinator', 'compute', 'metrics'];
const here = (path) => resolve(import.meta.dirname, path);

for (const copy of ['services', 'web', 'node_modules/class-validator']) rmSync(here(copy), { recursive: true, force: true });
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
  // Nearly all browsers take the files that Brotli made; for the others the gateway compresses while it sends.
  const isShipped = (path) => !/\.(map|gz)$/.test(path);
  for (const service of services) {
    // The gateway states its version.
    cpSync(resolve(root, 'services', service, 'package.json'), here(`services/${service}/package.json`));
    cpSync(resolve(root, 'services', service, 'dist'), here(`services/${service}/dist`), { recursive: true, filter: isShipped });
    for (const file of readdirSync(here(`services/${service}/dist`), { recursive: true })) {
      if (file.endsWith('.js')) shorten(here(`services/${service}/dist/${file}`));
    }
  }
  cpSync(resolve(root, 'web/build'), here('web/build'), { recursive: true, filter: isShipped });
  await bundleValidator();
}

/**
 * class-validator comes with the package (`bundleDependencies`), as one file that lacks the telephone numbers of all countries: they are a sixth of what npm
 * would install, and no request here has one.
 */
async function bundleValidator() {
  const { version, license } = JSON.parse(readFileSync(resolve(root, 'node_modules/class-validator/package.json'), 'utf8'));
  const bundle = await rolldown({
    input: resolve(root, 'node_modules/class-validator/esm2015/index.js'),
    platform: 'node',
    plugins: [
      {
        name: 'no telephone numbers',
        resolveId: (id) => (id.startsWith('libphonenumber-js') ? 'none' : null),
        load: (id) =>
          id === 'none' ? "export const parsePhoneNumber = () => { throw new Error('telephone numbers are left out'); };" : null,
      },
    ],
  });
  const folder = here('node_modules/class-validator');
  mkdirSync(folder, { recursive: true });
  await bundle.write({ file: resolve(folder, 'index.js'), format: 'esm' });
  shorten(resolve(folder, 'index.js'));
  const manifest = { name: 'class-validator', version, license, type: 'module', exports: './index.js' };
  writeFileSync(resolve(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const licences = ['class-validator', 'validator'].map(
    (name) => `${name}\n\n${readFileSync(resolve(root, 'node_modules', name, 'LICENSE'), 'utf8')}`,
  );
  writeFileSync(resolve(folder, 'LICENSE'), licences.join('\n'));
}

/** Takes out what only readers need, comments and indentation, which is a third of the bytes. Names stay what they are: stack traces and messages hold them. */
function shorten(file) {
  const { code, errors } = minifySync(file, readFileSync(file, 'utf8'), { compress: false, mangle: false });
  if (errors.length > 0) throw new Error(`${file} could not be shortened: ${errors[0].message}`);
  writeFileSync(file, code);
}
