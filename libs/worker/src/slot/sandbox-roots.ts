/** Which folders a sandboxed module may read: the packages of our own code and of the module, and the folders of modules above them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A thread imports this of another package of ours: in a workspace that is a link, and leads out of the folders of modules. */
const shared = pathToFileURL(createRequire(import.meta.url).resolve('@manyhands/proto/csv-row')).href;

/** Folders of our own code and what it imports, for a module that is to run in the sandbox. */
export function rootsOf(module: string): string[] {
  const packages = [import.meta.url, shared, module]
    .filter((address) => address.startsWith('file:'))
    .map((address) => packageOf(address));
  const modules = packages.flatMap((folder) => modulesAbove(folder));
  return [...new Set([...packages, ...modules])];
}

/** The folder of the nearest package that has a name. */
function packageOf(address: string): string {
  for (let folder = dirname(fileURLToPath(address.replace(/[?#].*/s, ''))); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && 'name' in (JSON.parse(readFileSync(file, 'utf8')) as object)) return folder;
    if (folder === dirname(folder)) throw new Error(`${address} is in no package: a sandboxed task must be in one`);
  }
}

function modulesAbove(folder: string): string[] {
  const above = dirname(folder);
  const here = join(folder, 'node_modules');
  return [...(existsSync(here) ? [here] : []), ...(above === folder ? [] : modulesAbove(above))];
}
