/** Preloaded (`node --import`) into what end-to-end tests start: packages come from the bundle. Without a bundle, and in an older Node, it changes nothing. */
import module from 'node:module';
import { readBundle } from './bundle-folder.mjs';

const files = readBundle()?.files;
if (files !== undefined)
  module.registerHooks?.({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const bundled = files[found.url];
      if (bundled === undefined || !context.conditions.includes('import') || context.parentURL?.includes('/node_modules/'))
        return found;
      return { url: bundled, format: 'module', shortCircuit: true };
    },
  });
