/**
 * A worker at home, behind a router that translates addresses, at a NATS elsewhere by TLS, with its own key: what a cut line costs. It is the only worker, so no other one mends
 * what it breaks. Skipped by name where machines cannot be made. `FULL_SIZES=1`: for a minute, in both ways in which a line is cut.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decodeResult, mailboxSubjects } from '@manyhands/proto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { install, type Installation } from './installation.ts';
import { hasMachines, openNetwork, type Line, type Machine, type Network } from './machines.ts';

/** Longer than the ten seconds after which a lease is delivered again. */
const cuts: ['unplugged' | 'swallowed', number][] =
  process.env['FULL_SIZES'] === '1'
    ? [
        ['unplugged', 60],
        ['swallowed', 60],
      ]
    : [['unplugged', 15]];
const CHUNKS = 60;
const host = 'hub.example';

describe.skipIf(!hasMachines)('a worker behind NAT (skipped where machines cannot be made)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'behind-nat-'));
  let network: Network;
  let system: Installation;
  let hub: Machine;
  let home: Machine;
  let line: Line;
  let worker: ChildProcess;
  let admin: Broker;
  let api: ReturnType<typeof rest>;

  beforeAll(async () => {
    network = openNetwork([host]);
    system = await install(folder, [host]);
    hub = network.machine(host);
    ({ machine: home, line } = network.behindRouter('home'));
    system.startNats(hub);
    await system.provision(hub);
    for (const service of ['coordinator', 'gateway'] as const) system.startService(hub, service);
    worker = system.startService(home, 'compute');
    api = rest(await system.gatewayOf(hub));
    admin = await system.admin(hub);
  });
  afterAll(async () => {
    await admin?.close();
    await network?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(cuts)(
    'its line is %s for %i s: no chunk is blamed, and the job is right',
    { timeout: 240_000 },
    async (how, seconds) => {
      // Its chunk 5 is computed through all of it: it is delivered again while the worker still has it.
      const params = { ms: 250, longMs: (1.2 * seconds + 10) * 1_000 };
      const job = await api.submit({ kind: 'slow', params, chunks: CHUNKS });
      const completed = async () => (await api.get(`/v1/jobs/${job}`)).json.completed_chunks as number;
      await vi.waitFor(async () => expect(await completed()).toBeGreaterThan(10), { timeout: 30_000, interval: 50 });
      line.cut(how);
      await pass(2_000);
      const before = await completed();
      await pass(seconds * 1_000 - 2_000);
      expect([await completed(), before < CHUNKS], 'it is cut off').toEqual([before, true]);
      line.mend();

      expect(await api.finish(job)).toMatchObject({
        status: 'completed',
        result: CHUNKS,
        completed_chunks: CHUNKS,
        failed_chunks: 0,
        retries: 0,
      });
      const results = (await readStored(admin, 'mailbox', mailboxSubjects.ofJob(job)))
        .filter(({ subject }) => subject.includes('.result.'))
        .map(({ data }) => decodeResult(data));
      expect(results.length).toBeGreaterThan(0);
      for (const { lease, type, about } of results)
        expect({ lease, type, attempt: about.attempt }).toEqual({ lease, type: 'LeaseComputed', attempt: 0 });
      expect([worker.exitCode, worker.signalCode], home.printed().slice(-2_000)).toEqual([null, null]);
      expect(hub.printed()).not.toMatch(/Violation/);
    },
  );
});
