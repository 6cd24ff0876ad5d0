/**
 * What can be installed, as a stranger gets it: all packages without `private` are packed, installed into an empty folder with no repository
 * around it, and a project that uses only `manyhands` is checked by the compiler and run against a system.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { repository, startSystem, type System } from '../fixture/system.ts';
import { environment, npm, packages, run } from './packed.ts';

/** Nest comes only to who installs a package that is made for it. */
const withNest = ['@manyhands/nats-nest', '@manyhands/server'];

const { folder: tarballs, packed } = inject('packages');
const home = mkdtempSync(join(tmpdir(), 'my jobs '));
const project = join(home, 'project');

let system: System;
let worker: ChildProcess;

beforeAll(async () => {
  cpSync(join(import.meta.dirname, 'consumer'), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'my-jobs', private: true, type: 'module' }));
  const wanted = packed.filter(({ name }) => !withNest.includes(name)).map(({ filename }) => join(tarballs, filename));
  run([...npm, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...wanted], project);
}, 600_000);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await system?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('the packages that can be installed', () => {
  it('are those that users need', () => {
    expect(packages.map(({ manifest }) => manifest.name)).toContain('manyhands');
    expect(packages.map(({ manifest }) => manifest.name)).toEqual(expect.arrayContaining(withNest));
  });

  it.each(packages)('$manifest.name holds code, declarations, a README and the licence, and no tests', ({ manifest }) => {
    const paths = packed.find(({ name }) => name === manifest.name)!.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'types/index.d.ts']));
    expect(paths.filter((path) => /\.spec\.|\.fixture\.|^src\/|\.map$|^(?!templates\/).*tsconfig/.test(path))).toEqual([]);
  });

  it.each(packages)('$manifest.name depends on no package that cannot be installed', ({ manifest }) => {
    const ours = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
      name.startsWith('@manyhands/'),
    );
    expect(ours.filter((name) => !packages.some((one) => one.manifest.name === name))).toEqual([]);
  });

  it.each(packages.filter(({ manifest }) => manifest.name !== '@manyhands/server'))(
    '$manifest.name does not bring Nest',
    ({ manifest }) => {
      expect(
        Object.keys(manifest.dependencies ?? {}).filter((name) => /^@nestjs\/|^rxjs$|^reflect-metadata$/.test(name)),
      ).toEqual([]);
    },
  );
});

describe('a project in an empty folder', () => {
  it.each(['kinds/squares.ts', 'kinds/squares.test.ts', 'worker.ts', 'client.ts'])(
    'is the one that the README shows: %s',
    (file) => {
      const shown = readFileSync(join(repository, 'libs/manyhands/README.md'), 'utf8');
      expect(shown).toContain(`\`\`\`ts\n${readFileSync(join(project, file), 'utf8')}\`\`\``);
    },
  );

  it('got nothing of Nest', () => {
    const installed = readdirSync(join(project, 'node_modules'));
    expect(installed).toContain('manyhands');
    expect(installed.filter((name) => ['@nestjs', 'rxjs', 'reflect-metadata', 'fastify'].includes(name))).toEqual([]);
  });

  it('loads nothing with the definitions, and nothing of Node with the client', () => {
    const importsOf = (file: string): string[] =>
      ts
        .preProcessFile(readFileSync(join(project, 'node_modules', file), 'utf8'), true, true)
        .importedFiles.map(({ fileName }) => fileName);
    expect(importsOf('manyhands/dist/index.js')).toEqual(['@manyhands/worker/task']);
    expect(importsOf('@manyhands/worker/dist/task.js')).toEqual([]);
    expect(importsOf('manyhands/dist/client.js')).toEqual(['@manyhands/sdk']);
    const client = readdirSync(join(project, 'node_modules/@manyhands/sdk/dist')).filter((file) => file.endsWith('.js'));
    expect(client).toContain('client.js');
    expect(client.flatMap((file) => importsOf(`@manyhands/sdk/dist/${file}`)).filter((name) => !name.startsWith('./'))).toEqual(
      [],
    );
  });

  it('passes the strictest check of the compiler, with the declarations and the examples of every README', () => {
    for (const { folder, manifest } of packages) {
      if (withNest.includes(manifest.name) || manifest.name === 'manyhands') continue;
      const examples = [...readFileSync(join(repository, folder, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)];
      expect(examples, `README.md of ${manifest.name}`).not.toEqual([]);
      writeFileSync(join(project, `example-of-${folder.replace('/', '-')}.ts`), examples.map(([, code]) => code).join('\n'));
    }
    const options = {
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      types: ['node'],
      typeRoots: [join(repository, 'node_modules/@types')],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['**/*.ts'] }));
    expect(
      run([process.execPath, join(repository, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', '.'], project),
    ).toBe('');
  });

  it('passes its own tests of its kind', () => {
    expect(run([process.execPath, '--test', '--test-reporter=tap'], project)).toMatch(/^# pass 2$/m);
  });

  it('is refused by the compiler where it is wrong', () => {
    const wrong = join(project, 'wrong.ts');
    writeFileSync(
      wrong,
      `import { createClient } from 'manyhands/client';\nawait createClient({ baseUrl: 1 }).get(2);\nimport { startWorker } from 'manyhands/worker';\nawait startWorker({});\n`,
    );
    expect(() =>
      run([process.execPath, join(repository, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', '.'], project),
    ).toThrow(/wrong\.ts\(2,.*wrong\.ts\(2,.*wrong\.ts\(4,/s);
    rmSync(wrong);
  });

  it('computes a job of its own kind with its own worker', async () => {
    system = await startSystem({ slots: 1 });
    worker = spawn(process.execPath, ['worker.ts'], {
      cwd: project,
      env: { ...environment, NATS_URL: system.natsUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(worker.stdout!, 'data')) as [Buffer];
    expect(String(line)).toBe('computing squares\n');
    await vi.waitFor(
      async () => {
        const { kinds } = (await (await fetch(`${system.baseUrl}/v1/kinds`)).json()) as { kinds: { kind: string }[] };
        expect(kinds.map(({ kind }) => kind)).toContain('squares');
      },
      { timeout: 20_000, interval: 50 },
    );

    expect(run([process.execPath, 'client.ts', system.baseUrl], project)).toBe('completed: 333833500\n');

    const exited = once(worker, 'exit');
    worker.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
