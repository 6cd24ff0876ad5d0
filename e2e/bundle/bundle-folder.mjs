/** Where the bundled packages are, and which there are. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';

export const BUNDLE_FOLDER = resolve(import.meta.dirname, '../../node_modules/.cache/bundled-packages');

const ours = /^(@manyhands\/|manyhands(\/|$)|create-manyhands)/;
/** Of the tests that some rooms ship. */
const ofTests = ['vitest', 'fast-check'];
/** The chaos changes what these send, in the module that a service has loaded. */
const watched = /^@nats-io\//;

/** The packages that a built module imports when it is loaded: not ours, and not those of Node. */
export function packagesIn(text) {
  return [...text.matchAll(/(?:^|\*\/ )(?:import\s*|(?:import|export|\})[^'"\n]*\sfrom\s*)['"]([\w@][\w@./-]*)['"];$/gm)]
    .map(([, specifier]) => specifier)
    .filter(
      (specifier) => !isBuiltin(specifier) && !ours.test(specifier) && !ofTests.includes(specifier) && !watched.test(specifier),
    );
}

/** Undefined when nothing has been bundled. */
export function readBundle() {
  try {
    return JSON.parse(readFileSync(join(BUNDLE_FOLDER, 'bundle.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
