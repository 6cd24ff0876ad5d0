/**
 * From one machine to three, amidst a job, by the commands of docs/operations/several-machines.md with the real `nats` CLI. With `FULL_SIZES=1`, because it starts two systems;
 * skipped by name where machines cannot be made or the CLI is not installed.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '@manyhands/nats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { commandsOf, natsCli } from '../operations/nats-cli.ts';
import { install, type Installation } from './installation.ts';
import { hasMachines, openNetwork, type Machine, type Network } from './machines.ts';

const names = ['one.example', 'two.example', 'three.example'] as const;
const services = ['coordinator', 'compute', 'gateway'] as const;
const CHUNKS = 100;

const runs = process.env['FULL_SIZES'] === '1' && hasMachines && natsCli !== undefined;

describe.skipIf(!runs)('moving to three machines (with FULL_SIZES=1, and where they and the nats CLI are there)', () => {
  let folder: string;
  let network: Network;
  let admin: Broker | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'moving-'));
  });
  afterEach(async () => {
    await admin?.close();
    await network?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The commands of a page, with the files of this test in the place of a machine's. */
  async function runOn(machine: Machine, page: string, ...blocks: string[]): Promise<void> {
    const text = blocks
      .map((wanted) => commandsOf(page).find(({ what }) => what === wanted)!.text)
      .join('\n')
      .replaceAll('nats://127.0.0.1:4222', 'tls://one.example:4222')
      .replaceAll('/etc/manyhands/nats/', `${folder}/keys/`)
      .replaceAll('/etc/manyhands/tls/', `${folder}/`)
      // There is no history here.
      .replace(/^(mkdir|cp) .*$/gm, '');
    const child = machine.run(
      'sh',
      ['-ec', text],
      {
        NATS_CA: join(folder, 'ca.crt'),
        XDG_CONFIG_HOME: folder,
        PATH: `${natsCli}:${process.env['PATH']}`,
      },
      folder,
    );
    expect(await once(child, 'exit'), machine.printed().slice(-2_000)).toEqual([0, null]);
  }

  const startAll = (system: Installation, machine: Machine) => services.map((service) => system.startService(machine, service));

  it('a job that had begun on one ends right on three, where each stream has three copies', { timeout: 400_000 }, async () => {
    network = openNetwork(names);
    const alone = await install(folder, names.slice(0, 1));
    const first = network.machine(names[0]);
    alone.startNats(first);
    await alone.provision(first);
    const before = startAll(alone, first);
    const api = rest(await alone.gatewayOf(first));
    const job = await api.submit({ kind: 'slow', params: { ms: 100 }, chunks: CHUNKS });
    await vi.waitFor(async () => expect((await api.get(`/v1/jobs/${job}`)).json.completed_chunks).toBeGreaterThan(5), {
      timeout: 30_000,
      interval: 50,
    });
    const exits = before.map((child) => once(child, 'exit'));
    for (const child of before) child.kill('SIGTERM');
    expect(await Promise.all(exits)).toEqual(services.map(() => [0, null]));
    await runOn(first, 'disaster-recovery.md', 'settings', 'backup');
    await first.destroy();
    alone.wipe(first);

    const system = await install(folder, names);
    const machines = names.map((name) => network.machine(name));
    for (const machine of machines) system.startNats(machine);
    admin = await system.admin(machines[0]!);
    await vi.waitFor(async () => void (await admin!.manager.getAccountInfo()), { timeout: 60_000, interval: 200 });
    await runOn(machines[0]!, 'several-machines.md', 'settings', 'restore');
    await system.provision(machines[0]!);
    for await (const { config } of admin.manager.streams.list()) expect(config, config.name).toMatchObject({ num_replicas: 3 });
    for (const machine of machines) startAll(system, machine);
    const gateways = await Promise.all(machines.map(system.gatewayOf));
    for (const gateway of gateways)
      expect(await rest(gateway).finish(job)).toMatchObject({
        status: 'completed',
        result: CHUNKS,
        completed_chunks: CHUNKS,
        failed_chunks: 0,
        retries: 0,
      });
  });
});
