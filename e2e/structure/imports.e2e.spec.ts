/** Every package a file imports is declared by the package.json it stands under, as a dependency where the file is installed with it. */
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mts', '*.js', '*.mjs', '*.cjs', '*.svelte'],
  {
    cwd: repository,
    encoding: 'utf8',
  },
)
  .split('\n')
  // What the test of the arrows plants meanwhile is wrong on purpose.
  .filter(
    (file) => file !== '' && existsSync(join(repository, file)) && !/\/(assembly|templates|planted-by-a-test-\d)\//.test(file),
  );

/** What only this repository runs: it may use what the root declares for development. */
const isDevelopment = (file: string): boolean =>
  /\.(spec|fixture)\.ts$|\.config\.(js|ts|mjs|cjs)$|^(e2e|bench|lint|web)\/|^libs\/testkit\/|\/conformance\/|\/pack\.mjs$|^[^/]+$/.test(
    file,
  );

const manifests = new Map<string, Manifest>();
function manifestAt(folder: string): Manifest {
  const known = manifests.get(folder);
  if (known) return known;
  const path = join(repository, folder, 'package.json');
  const manifest = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : manifestAt(dirname(folder));
  manifests.set(folder, manifest);
  return manifest;
}

/** `import`, `export … from`, `import()` and `require`, as the compiler reads them. */
function packagesImportedBy(file: string): string[] {
  const text = readFileSync(join(repository, file), 'utf8');
  const script = file.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code).join('\n')
    : text;
  return ts
    .preProcessFile(script, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !/^[./#$]|^(file|virtual):/.test(name) && !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

function undeclared(file: string): string[] {
  const own = manifestAt(dirname(file));
  const root = manifestAt('.');
  const declared = new Set([
    own.name,
    ...Object.keys({ ...own.dependencies, ...own.peerDependencies }),
    ...(isDevelopment(file) ? Object.keys({ ...own.devDependencies, ...root.devDependencies, ...root.dependencies }) : []),
  ]);
  return packagesImportedBy(file)
    .filter((name) => !declared.has(name))
    .map((name) => `${file} imports ${name}, and ${own.name} does not declare it`);
}

describe('imports', () => {
  it('are declared where they are used', () => {
    expect(files.length).toBeGreaterThan(500);
    expect([...new Set(files.flatMap(undeclared))]).toEqual([]);
  });
});
