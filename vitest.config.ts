import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
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
      // Summaries of a run state what was found, not `[ Array(1) ]`.
      chaiConfig: { truncateThreshold: 1_000 },
      // As `eventually` of libs/testkit: a second, which is usual, is less than a busy machine may do nothing for.
      expect: { poll: { timeout: 20_000, interval: 20 } },
      exclude: ['**/node_modules/**', '**/dist/**', '**/build/**'],
      server: { deps: { inline: [/@manyhands\//] } },
      execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
      ...extra,
    },
  };
}

/** The files that one worker runs share its modules: reading them anew for each file takes longer than most files do. */
const together = { isolate: false };

/** Vitest would leave one core alone, which is half of a small machine. */
const pure = { ...together, maxWorkers: '100%', testTimeout: 20_000 };

/** End-to-end tests mostly wait: three files at a time. What measures a speed, or builds what the others run, comes after them, one file after the other; what fills a disk comes last. */
const lanes = { maxWorkers: 3, sequence: { groupOrder: 1 } };
const alone = [
  'e2e/browser/lighthouse',
  'e2e/clients/slow-readers',
  'e2e/journeys/batches',
  'e2e/journeys/cancel',
  'e2e/journeys/dashboard-bars',
  'e2e/operations/npm-start',
  'e2e/trace/happy-path',
  'e2e/wire/attacks',
].map((name) => `${name}.e2e.spec.ts`);

/** Last of all: after gigabytes of images the disk is busy for a while, which what measures would feel. Both at once: the one mostly waits, the other builds. */
const images = ['docker-compose', 'image'].map((name) => `e2e/deploy/${name}.e2e.spec.ts`);

/** Pure, but long: simulations, and what costs how much. Apart from the others, because counting the lines they run through makes them several times slower. */
const long = [
  'e2e/simulation/**/*.spec.ts',
  ...['turn-cost', 'million-chunks', 'job.simulation'].map((name) => `services/coordinator/src/job/${name}.spec.ts`),
  'services/coordinator/src/takeover/job-state-codec.spec.ts',
  'libs/worker/src/slot/examine-cost.spec.ts',
];

/** nats.js keeps the transport of its newest connection for all of a process: what connects over WebSocket gets its own. */
const ownProcess = 'libs/nats/src/web-socket.int.spec.ts';

/** Against real servers a test gets a second try; `npm test` names each that needed it, so none hides. The pure tests get none. */
const secondTry = { retry: 1 };

const servers = {
  ...together,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // They wait for half of their time: for a lease that runs out, a server that comes back, a heartbeat that is missed.
  maxWorkers: 3,
  sequence: { groupOrder: 3 },
  ...secondTry,
};

/** What is printed is compared as it is: whoever runs the tests at a terminal, or under nx, would get it coloured. */
const plain = { FORCE_COLOR: '0' };

/** Most of the processor's time of a service that starts goes into reading its modules; those of all tests are the same. */
const compiled = {
  globalSetup: ['e2e/bundle/bundle.setup.ts'],
  env: {
    ...plain,
    NODE_COMPILE_CACHE: resolve('node_modules/.cache/compiled'),
    NODE_OPTIONS: `--import ${pathToFileURL(resolve('e2e/bundle/preload.mjs')).href}`,
  },
};

const endToEnd = { testTimeout: 120_000, hookTimeout: 180_000, env: plain, ...secondTry };

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        [
          '{proto,sdk,web}/src/**/*.spec.ts',
          'web/{*,docs/**/*}.spec.ts',
          '{libs,services}/*/src/**/*.spec.ts',
          'deploy/**/*.spec.ts',
          'e2e/structure/**/*.spec.ts',
          'e2e/{bundle,chaos,clients}/**/*.spec.ts',
          'bench/**/*.spec.ts',
          '!**/*.{int,e2e}.spec.ts',
          ...long.map((file) => `!${file}`),
        ],
        pure,
      ),
      // Bugs are planted by replacing modules.
      project('long', long, { ...pure, isolate: true }),
      project('integration', ['{libs,services,deploy}/**/*.int.spec.ts', 'sdk/src/**/*.int.spec.ts', `!${ownProcess}`], servers),
      project('integration-own-process', [ownProcess], { ...servers, isolate: true }),
      project('e2e', ['e2e/**/*.e2e.spec.ts', '!e2e/packages/*', ...[...alone, ...images].map((file) => `!${file}`)], {
        ...endToEnd,
        ...lanes,
        ...compiled,
      }),
      project('e2e-packages', ['e2e/packages/*.e2e.spec.ts'], {
        ...endToEnd,
        ...lanes,
        globalSetup: ['e2e/packages/pack.setup.ts'],
      }),
      project('e2e-alone', alone, { ...endToEnd, maxWorkers: 1, sequence: { groupOrder: 2 } }),
      project('e2e-images', images, { ...endToEnd, maxWorkers: 2, sequence: { groupOrder: 4 } }),
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
        'services/*/src/{service,start}.ts',
        '**/index.ts',
        'libs/testkit/**',
      ],
      reportsDirectory: '.reports/coverage',
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
