/** Where a kind comes from: the package that its module is part of, and a hash of the module, which differs between two builds. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KindRegistration } from '@manyhands/proto';

const FINGERPRINT_LETTERS = 16;
const PROJECT_LENGTH_MAX = 256;

/** What cannot be found out is left out. */
export function originOf(address: string): Pick<KindRegistration, 'project' | 'fingerprint'> {
  if (!address.startsWith('file:')) return {};
  const file = fileURLToPath(address.replace(/[?#].*/s, ''));
  const bytes = attempt(() => readFileSync(file));
  const project = projectOf(dirname(file));
  return {
    ...(project !== undefined && { project }),
    ...(bytes && { fingerprint: createHash('sha256').update(bytes).digest('hex').slice(0, FINGERPRINT_LETTERS) }),
  };
}

/** The fingerprint of each kind, by name. */
export function buildsOf(kinds: readonly { name: string; module: string }[]): Record<string, string> {
  return Object.fromEntries(
    kinds.flatMap(({ name, module }) => {
      const { fingerprint } = originOf(module);
      return fingerprint === undefined ? [] : [[name, fingerprint]];
    }),
  );
}

/** Name and version of the nearest package that has a name. */
function projectOf(folder: string): string | undefined {
  const { name, version } = attempt(() => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFile) ?? {};
  if (typeof name === 'string' && name !== '')
    return (typeof version === 'string' ? `${name}@${version}` : name).slice(0, PROJECT_LENGTH_MAX);
  const above = dirname(folder);
  return above === folder ? undefined : projectOf(above);
}

interface PackageFile {
  name?: unknown;
  version?: unknown;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
