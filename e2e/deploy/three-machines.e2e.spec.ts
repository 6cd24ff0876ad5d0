/**
 * Three machines, each with nats-server, gateway, coordinator and workers, TLS between all of them, and each service with its own key: one is lost and another takes its
 * place. Skipped by name where machines cannot be made. `FULL_SIZES=1`: the line of the lost one goes first, so the others are not informed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '@manyhands/nats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { replicasOf, STILL } from '../chaos/read/replicas.ts';
import { rest } from '../fixture/rest.ts';
import { untilCopiesAreEqual } from '../operations/cluster.ts';
import { install, serverNameOf, type Installation } from './installation.ts';
import { hasMachines, openNetwork, type Machine, type Network } from './machines.ts';

const isFull = process.env['FULL_SIZES'] === '1';
const names = ['one.example', 'two.example', 'three.example'] as const;
const CHUNKS = isFull ? 2_000 : 400;

describe.skipIf(!hasMachines)('three machines (skipped where they cannot be made)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'three-machines-'));
  let network: Network;
  let system: Installation;
  let machines: Machine[];
  let admin: Broker | undefined;

  /** All but its NATS, which has to be there before. */
  async function startServices(machine: Machine): Promise<string> {
    for (const service of ['coordinator', 'compute', 'gateway'] as const) system.startService(machine, service);
    return system.gatewayOf(machine);
  }

  beforeAll(async () => {
    network = openNetwork(names);
    system = await install(folder, names);
    machines = names.map((name) => network.machine(name));
    for (const machine of machines) system.startNats(machine);
  });
  afterAll(async () => {
    await admin?.close();
    await network?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'one is lost with its disk amidst a job, jobs go on, another one takes its place, and in the end all copies are equal',
    { timeout: 300_000 },
    async () => {
      const [first, second, third] = machines as [Machine, Machine, Machine];
      await system.provision(first);
      const gateways = await Promise.all(machines.map(startServices));
      const [one, two] = gateways.map(rest) as [ReturnType<typeof rest>, ReturnType<typeof rest>];
      const job = await rest(gateways[2]!).submit({ kind: 'slow', params: { ms: 100 }, chunks: CHUNKS });
      await vi.waitFor(
        async () => expect((await one.get(`/v1/jobs/${job}`)).json.completed_chunks).toBeGreaterThan(CHUNKS / 20),
        { timeout: 60_000, interval: 50 },
      );

      await third.destroy(isFull ? 'silently' : 'loudly');
      system.wipe(third);
      // While leaders are elected it is 503, with what to do.
      const meanwhile = await vi.waitFor(() => two.submit({ kind: 'sum', params: { n: 10_000 }, chunks: 8 }), {
        timeout: 60_000,
        interval: 500,
      });
      expect(await one.finish(meanwhile)).toMatchObject({ status: 'completed', result: 50_005_000 });
      expect((await two.get(`/v1/jobs/${job}`)).json).toMatchObject({ status: 'running', failed_chunks: 0 });

      const replacement = network.machine(third.name);
      system.startNats(replacement);
      const three = rest(await startServices(replacement));
      const finished = await three.finish(job, 120_000);
      expect(finished).toMatchObject({
        status: 'completed',
        result: CHUNKS,
        completed_chunks: CHUNKS,
        failed_chunks: 0,
        retries: 0,
      });
      for (const gateway of [one, two]) expect(await gateway.finish(job)).toEqual(finished);

      admin = await system.admin(first);
      await untilCopiesAreEqual(admin);
      const servers = names.map(serverNameOf);
      for (const replicas of await Promise.all(STILL.map((stream) => replicasOf(admin!, stream, servers)))) {
        expect(replicas.map(({ server }) => server)).toEqual(servers);
        const contents = replicas.map(({ messages, last, hash }) => ({ messages, last, hash }));
        expect(contents).toEqual(contents.map(() => contents[0]));
      }
      for (const machine of [first, second, replacement]) expect(machine.printed()).not.toMatch(/Violation/);
    },
  );
});
