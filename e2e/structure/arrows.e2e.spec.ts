import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

const planted: string[] = [];

afterEach(() => {
  for (const folder of planted.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Plants a source file in a room and returns what the arrow gate says about that room. */
function gateAfterPlanting(room: string, source: string): { status: number | null; output: string } {
  const folder = join(repository, room, 'planted-by-a-test');
  planted.push(folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'planted.ts'), source);
  const run = spawnSync('npx', ['depcruise', room, '--output-type', 'err'], { cwd: repository, encoding: 'utf8' });
  return { status: run.status, output: run.stdout + run.stderr };
}

describe('the gate on import arrows', () => {
  it.each([
    ['a service importing another service', 'services/gateway/src', `import '../../../coordinator/src/job/job.actor.ts';`, 'services-gateway-arrows'],
    ['the actor runtime importing the contract', 'libs/actor/src', `import '@manyhands/proto';`, 'libs-actor-arrows'],
    ['a worker talking to NATS by itself', 'libs/worker/src', `import '@nats-io/transport-node';`, 'nats-only-in-jetstream'],
    ['Nest in the actor runtime', 'libs/actor/src', `import '@nestjs/common';`, 'nest-only-in-services-and-transport'],
    ['the test kit in a service', 'services/metrics/src', `import '@manyhands/testkit';`, 'testkit-only-from-tests'],
    ['I/O in the decisions of the job actor', 'services/coordinator/src/job', `import 'node:fs';`, 'coordinator-decisions-are-pure'],
    ['the contract importing a library of ours', 'proto/src', `import '@manyhands/actor';`, 'proto-arrows'],
  ])('refuses %s', (_what, room, source, rule) => {
    const gate = gateAfterPlanting(room, source);
    expect(gate.output).toContain(`error ${rule}`);
    expect(gate.status).not.toBe(0);
  });
});
