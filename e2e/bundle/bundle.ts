/**
 * The packages of others that our built code imports, in some dozens of files instead of 3,000: reading one module after the other is most of what a
 * service costs that starts, and the end-to-end tests start some hundreds. Run by `bundle.setup.ts` in a process of its own, which resolves as
 * services do.
 *
 * Invariant: our own code is not in it. It runs from `dist`, file by file, as it is shipped. What packages are as npm installs them is tested by
 * `e2e/packages`, and by every test that is not of project `e2e`.
 */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { BUNDLE_FOLDER, packagesIn, readBundle, type Bundle } from './bundle-folder.mjs';

const root = resolve(import.meta.dirname, '../..');
const built = ['proto/dist/**/*.js', '{libs,services}/*/dist/**/*.js', 'deploy/local/dist/**/*.js'];

/** Addresses of what our built code imports, as Node resolves it for each importer. */
const packages = new Set(
  globSync(built, { cwd: root }).flatMap((file) => {
    const importer = pathToFileURL(join(root, file)).href;
    return packagesIn(readFileSync(join(root, file), 'utf8')).flatMap((specifier) => addressOf(specifier, importer));
  }),
);
const key = createHash('sha256')
  .update(JSON.stringify([...packages].toSorted()))
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(readFileSync(import.meta.filename))
  .digest('hex');
if (readBundle()?.key !== key) await bundle([...packages]);

/**
 * Each entry names the exports that Node finds in the package: for a package written for `require`, only Node itself knows them.
 */
async function bundle(urls: readonly string[]): Promise<void> {
  const folder = `${BUNDLE_FOLDER}.${process.pid}`;
  mkdirSync(join(folder, 'entries'), { recursive: true });
  const names = urls.map((url, index) => `${index}-${url.replace(/^.*\/node_modules\//, '').replaceAll(/\W+/g, '-')}`);
  for (const [index, url] of urls.entries()) {
    const exported = Object.keys((await import(url)) as object).filter((name) => name !== 'module.exports');
    const from = JSON.stringify(fileURLToPath(url));
    writeFileSync(
      join(folder, 'entries', `${names[index]}.mjs`),
      `export { ${exported.join(', ')} } from ${from};\nimport ${from};\n`,
    );
  }
  const together = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(folder, 'entries', `${name}.mjs`)])),
    platform: 'node',
    // What a package can do without, such as a native driver, is looked for by Node when it is asked for.
    onLog: () => undefined,
  });
  await together.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: 'shared-[hash].mjs' });
  await together.close();
  const files = Object.fromEntries(
    urls.map((url, index) => [url, pathToFileURL(join(BUNDLE_FOLDER, `${names[index]}.mjs`)).href]),
  );
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify({ key, files } satisfies Bundle));
  rmSync(BUNDLE_FOLDER, { recursive: true, force: true });
  renameSync(folder, BUNDLE_FOLDER);
}

/**
 * None of a package that is missing, which the service that imports it reports better, and none of one that brings machine code: it looks for that beside its
 * modules.
 */
function addressOf(specifier: string, importer: string): string[] {
  try {
    const url = import.meta.resolve(specifier, importer);
    const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(fileURLToPath(url))!;
    return globSync('**/*.{wasm,node}', { cwd: folder }).length === 0 ? [url] : [];
  } catch {
    return [];
  }
}
