/**
 * The import arrows between rooms, as a gate:
 *
 *   web → proto, sdk · services → proto, libs, sdk · worker → broker, nats, proto, observe · broker → nats, proto
 *   nats → proto's errors · actor → nothing · testkit and conformance only from tests · only nats, testkit, tests and bench import @nats-io
 */
const test = '\\.(spec|fixture)\\.ts$|^libs/testkit/|^e2e/|^bench/|/conformance/';

/** A folder may import only these rooms of ours. */
function only(from, allowed, extra = {}) {
  const rooms = [from, ...allowed].map((room) => `^${room}${room.endsWith('.ts') ? '$' : '/'}`).join('|');
  return {
    name: `${from.replaceAll('/', '-').replace(/[()[\]^+]/g, '')}-arrows`,
    severity: 'error',
    comment: `${from} may import ${allowed.join(', ') || 'nothing of ours'}.`,
    from: { path: `^${from}/`, pathNot: test, ...extra },
    to: { path: '^(proto|libs|services|sdk|web|deploy|e2e|bench)/', pathNot: rooms },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('proto', []),
    only('libs/actor', []),
    only('libs/observe', ['proto']),
    only('libs/nats', ['proto/src/errors.ts']),
    only('libs/broker', ['libs/nats', 'proto']),
    only('libs/nats-nest', ['libs/broker', 'libs/nats', 'libs/observe', 'proto']),
    only('libs/worker', ['libs/broker', 'libs/nats', 'libs/observe', 'proto']),
    only('sdk', ['proto']),
    only('libs/manyhands', ['sdk', 'libs/worker', 'libs/broker', 'libs/observe', 'proto', 'deploy/local']),
    only('web', ['proto', 'sdk']),
    only('deploy/local', ['proto', 'sdk', 'libs/broker', 'libs/observe']),
    ...['gateway', 'coordinator', 'compute', 'metrics'].map((name) => only(`services/${name}`, ['proto', 'libs', 'sdk'])),
    {
      name: 'nats-only-in-libs-nats',
      severity: 'error',
      comment: 'Only libs/nats, testkit, tests and bench talk to NATS directly.',
      from: { pathNot: `^libs/nats/|${test}` },
      to: { path: 'node_modules/@nats-io/' },
    },
    {
      name: 'nest-only-in-services-and-transport',
      severity: 'error',
      from: { path: '^(libs|proto|sdk|web)/', pathNot: '^libs/nats-nest/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'testkit-only-from-tests',
      severity: 'error',
      from: { pathNot: test },
      to: { path: '^libs/testkit/|/conformance/' },
    },
    {
      name: 'coordinator-decisions-are-pure',
      severity: 'error',
      comment: 'The job actor decides from its arguments: no I/O, no NATS, no Nest.',
      from: { path: '^services/coordinator/src/(job|scheduling)/', pathNot: `${test}|live-slots` },
      to: { pathNot: '^services/coordinator/src/(job|scheduling)/|^proto/|^libs/actor/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|build|\\.svelte-kit|node_modules/(?!@nats-io|@nestjs))/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};
