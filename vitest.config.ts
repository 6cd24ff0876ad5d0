import { defineConfig } from 'vitest/config';

/**
 * Sources are imported as TypeScript (`source` condition), so tests need no build. `import` is not named here: Node would take it for
 * `require` too, and hand packages written for `require` the wrong half of their dependencies.
 */
const conditions = ['source', 'node'];

function project(name: string, include: string[], extra: object = {}) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', '**/dist/**', '**/build/**'],
      server: { deps: { inline: [/@manyhands\//] } },
      execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
      ...extra,
    },
  };
}

/** Against real servers a test gets a second try; `npm test` names each that needed it, so none hides. The pure tests get none. */
const secondTry = { retry: 1 };

export default defineConfig({
  test: {
    projects: [
      project('unit', [
        '{proto,sdk,web}/src/**/*.spec.ts',
        '{libs,services}/*/src/**/*.spec.ts',
        'deploy/**/*.spec.ts',
        'e2e/structure/**/*.spec.ts',
        'e2e/{simulation,chaos,clients}/**/*.spec.ts',
        '!**/*.{int,e2e}.spec.ts',
      ]),
      project('integration', ['{libs,services,deploy}/**/*.int.spec.ts', 'sdk/src/**/*.int.spec.ts'], {
        testTimeout: 30_000,
        hookTimeout: 60_000,
        maxWorkers: 2,
        ...secondTry,
      }),
      project('e2e', ['e2e/**/*.e2e.spec.ts'], {
        testTimeout: 120_000,
        hookTimeout: 180_000,
        fileParallelism: false,
        ...secondTry,
      }),
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['libs/*/src/**/*.ts', 'services/*/src/**/*.ts', 'proto/src/**/*.ts'],
      exclude: [
        '**/*.spec.ts',
        '**/*.fixture.ts',
        '**/conformance/**',
        '**/main.ts',
        'services/*/src/service.ts',
        '**/index.ts',
        'libs/testkit/**',
      ],
      reportsDirectory: '.reports/coverage',
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
