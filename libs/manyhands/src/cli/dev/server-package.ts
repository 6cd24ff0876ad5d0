/** Finds `@manyhands/server`, which brings services, dashboard and everything that `manyhands dev` and `manyhands server` start. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { usage } from '../exit.ts';

type ServerPackage = typeof import('@manyhands/server');

/** That of the project goes before one beside this package. Throws a sentence when there is none. */
export async function loadServer(cwd: string): Promise<ServerPackage> {
  for (const place of [pathToFileURL(join(cwd, 'package.json')), import.meta.url]) {
    const file = resolved(place);
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as ServerPackage;
  }
  throw usage('The system itself is a package of its own. Install it: npm install --save-dev @manyhands/server');
}

function resolved(place: string | URL): string | undefined {
  try {
    return createRequire(place).resolve('@manyhands/server');
  } catch {
    return undefined;
  }
}
