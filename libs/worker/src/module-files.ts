/** Finds the modules of kinds that a setting or a command line names: files, or patterns like `kinds/*.ts`. */
import { existsSync, globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ManyhandsError } from '@manyhands/proto';
import type { KindModule } from './slot/slot-messages.ts';

const MODULE = /\.(?:ts|mts|js|mjs)$/;
/** Beside kinds lie their tests and declarations. */
const NO_MODULE = /\.(?:test|spec|d)\.(?:ts|mts|js|mjs)$/;

/** Those of a pattern in the order of their names. Throws `bad_request` for one that names no file. */
export function findKindModules(patterns: readonly string[], folder = process.cwd()): KindModule[] {
  const found = new Map<string, KindModule>();
  for (const pattern of patterns) {
    const isPattern = /[*?[{]/.test(pattern);
    const files = isPattern ? matching(pattern, folder) : [resolve(folder, pattern)].filter((file) => existsSync(file));
    if (files.length === 0)
      throw new ManyhandsError(
        'bad_request',
        isPattern
          ? `no module matches ${pattern} in ${folder}: write a pattern of .ts, .mts, .js or .mjs files, like kinds/**/*.ts`
          : `there is no file ${pattern} in ${folder}: write the path of a module, or a pattern like kinds/**/*.ts`,
      );
    for (const file of files) {
      const address = pathToFileURL(file).href;
      if (!found.has(address) || !isPattern) found.set(address, { address, ...(isPattern && { isFound: true }) });
    }
  }
  return [...found.values()];
}

function matching(pattern: string, folder: string): string[] {
  return globSync(pattern, { cwd: folder, exclude: (name) => name.split('/').includes('node_modules') })
    .filter((file) => MODULE.test(file) && !NO_MODULE.test(file))
    .sort()
    .map((file) => resolve(folder, file));
}
