import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

/** What is planted, where, and the rule that must refuse it. */
const violations = [
  [
    'a service importing another service',
    'services/gateway/src',
    `import '../../../coordinator/src/job/job.actor.ts';`,
    'services-gateway-arrows',
  ],
  ['the actor runtime importing the contract', 'libs/actor/src', `import '@manyhands/proto';`, 'libs-actor-arrows'],
  ['NATS knowing the contract', 'libs/nats/src', `import '@manyhands/proto';`, 'libs-nats-arrows'],
  ['a worker talking to NATS by itself', 'libs/worker/src', `import '@nats-io/transport-node';`, 'nats-only-in-libs-nats'],
  ['Nest in the worker library', 'libs/worker/src', `import '@nestjs/common';`, 'nest-only-in-services-and-transport'],
  ['the test kit in a service', 'services/metrics/src', `import '@manyhands/testkit';`, 'testkit-only-from-tests'],
  [
    'I/O in the decisions of the job actor',
    'services/coordinator/src/job',
    `import 'node:fs';`,
    'coordinator-decisions-are-pure',
  ],
  ['the contract importing a library of ours', 'proto/src', `import '@manyhands/actor';`, 'proto-arrows'],
] as const;

const folders = violations.map(([, room], index) => join(repository, room, `planted-by-a-test-${index}`));
let gate: { status: number | null; output: string };

beforeAll(() => {
  for (const [index, folder] of folders.entries()) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'planted.ts'), violations[index]![2]);
  }
  const run = spawnSync('npx', ['depcruise', 'proto', 'libs', 'services', '--output-type', 'err'], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  gate = { status: run.status, output: stripVTControlCharacters(run.stdout + run.stderr) };
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the gate on import arrows', () => {
  it.each(violations.map(([what, , , rule], index) => [what, rule, index] as const))('refuses %s', (_what, rule, index) => {
    expect(gate.status).not.toBe(0);
    expect(gate.output).toMatch(new RegExp(`error ${rule}: [^\\n]*planted-by-a-test-${index}/`));
  });

  it('finds nothing else', () => {
    const others = gate.output.split('\n').filter((line) => /^\s*error /.test(line) && !line.includes('planted-by-a-test'));
    expect(others).toEqual([]);
  });
});
